#include "query/worker_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using ::testing::ElementsAre;

TEST(WorkerProtocolTest, a_start_message_arrives_as_it_was) {
  StartMessage sent;
  sent.library = "/usr/lib/sluice/libduckdb.so";
  sent.limits = {123, 4, std::chrono::milliseconds(567)};
  sent.script = {.setup = {"one", ""},
                 .sql = "SELECT 1",
                 .readable = {"/a", "/b"},
                 .parquet_to = "/c",
                 .nested_as_json = true};
  const auto got = decode_start(encode(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->library, sent.library);
  EXPECT_EQ(got->limits.memory_bytes, 123);
  EXPECT_EQ(got->limits.threads, 4);
  EXPECT_EQ(got->limits.time, sent.limits.time);
  EXPECT_EQ(got->script.setup, sent.script.setup);
  EXPECT_EQ(got->script.sql, sent.script.sql);
  EXPECT_EQ(got->script.readable, sent.script.readable);
  EXPECT_EQ(got->script.parquet_to, sent.script.parquet_to);
  EXPECT_TRUE(got->script.nested_as_json);
}

TEST(WorkerProtocolTest, rows_arrive_with_their_nulls) {
  Bytes payload;
  for (const auto& value :
       std::vector<std::optional<std::string_view>>{"a", std::nullopt, "", "b"}) {
    put_value(payload, value);
  }
  std::vector<std::string> rows;
  ASSERT_TRUE(decode_rows(payload, 2, [&](auto values) -> Result<void> {
    rows.push_back(std::string(values[0].value_or("∅")) + "|" +
                   std::string(values[1].value_or("∅")));
    return {};
  }));
  EXPECT_THAT(rows, ElementsAre("a|∅", "|b"));
}

TEST(WorkerProtocolTest, the_other_messages_arrive_as_they_were) {
  const std::vector<ResultColumn> columns = {{"a", "INTEGER"}, {"", "VARCHAR[]"}};
  const auto described = decode_columns(encode(columns));
  ASSERT_TRUE(described);
  ASSERT_EQ(described->size(), 2);
  EXPECT_EQ((*described)[1].type, "VARCHAR[]");

  const auto done = decode_done(encode(DoneMessage{7, 8, 9, true}));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->rows, 7);
  EXPECT_EQ(done->bytes_scanned, 8);
  EXPECT_EQ(done->files_opened, 9);
  EXPECT_TRUE(done->is_confined);

  for (const auto offset : {std::optional<std::uint64_t>(0), std::optional<std::uint64_t>()}) {
    const auto failed = decode_failed(encode(FailedMessage{Fault::too_large, offset, "why"}));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->fault, Fault::too_large);
    EXPECT_EQ(failed->offset, offset);
    EXPECT_EQ(failed->message, "why");
  }
}

TEST(WorkerProtocolTest, frames_come_out_whatever_the_pieces_they_came_in) {
  Bytes stream;
  put_frame(stream, FrameKind::columns, "one");
  put_frame(stream, FrameKind::rows, "");
  put_frame(stream, FrameKind::done, "three");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader;
    std::vector<std::string> payloads;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.add(ByteView(stream).substr(at, piece));
      for (;;) {
        const auto frame = reader.next();
        ASSERT_TRUE(frame);
        if (!*frame) {
          break;
        }
        payloads.emplace_back((*frame)->payload);
      }
    }
    EXPECT_THAT(payloads, ElementsAre("one", "", "three")) << piece;
  }
}

TEST(WorkerProtocolTest, what_breaks_a_bound_is_refused) {
  const auto refuses_frame = [](std::uint32_t size, std::uint8_t kind) {
    Bytes head;
    put_le(head, size);
    put_le(head, kind);
    FrameReader reader;
    reader.add(head);
    const bool first = !reader.next();
    return first && !reader.next();
  };
  EXPECT_TRUE(refuses_frame(0, 0));
  EXPECT_TRUE(refuses_frame(0, 6));
  EXPECT_TRUE(refuses_frame(frame_bytes_max + 1, 3));

  const auto no_row = [](auto) -> Result<void> { return {}; };
  EXPECT_FALSE(decode_rows("x", 0, no_row));
  EXPECT_FALSE(decode_rows(Bytes("\x05"
                                 "ab"),
                           1,
                           no_row));  // a value that ends early
  EXPECT_FALSE(decode_rows(Bytes("\x02"
                                 "a"),
                           2,
                           no_row));                                 // a row that ends early
  EXPECT_FALSE(decode_rows(Bytes(10, '\xff'), 1, no_row));           // a size without end
  EXPECT_FALSE(decode_columns(Bytes("\xff\xff\xff\x7f")));           // more columns than allowed
  EXPECT_FALSE(decode_start(Bytes("\x00\x01\x01\x01\xff\x7f", 6)));  // a list longer than its bytes
  EXPECT_FALSE(decode_failed(Bytes("\x63\x00\x00", 3)));             // a fault there is not
  EXPECT_FALSE(decode_done(encode(DoneMessage{}) + "x"));            // bytes behind
}

TEST(WorkerProtocolTest, no_message_is_taken_when_cut_anywhere) {
  const Bytes start = encode(StartMessage{"lib", {}, {{"a"}, "b", {"c"}, "d"}});
  const Bytes failed = encode(FailedMessage{Fault::io, 3, "why"});
  for (std::size_t size = 0; size < start.size(); ++size) {
    EXPECT_FALSE(decode_start(start.substr(0, size))) << size;
  }
  for (std::size_t size = 0; size < failed.size(); ++size) {
    EXPECT_FALSE(decode_failed(failed.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace sluice::query
