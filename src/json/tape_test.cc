// The reader against a table of texts, a second reader, simdjson, and the published conformance
// lists where they are at hand.
#include "json/tape.h"

#include "base/random.h"
#include "base/utf8.h"
#include "json/document.h"
#include "json/naive_reader.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

namespace {

std::size_t allocations = 0;

}  // namespace

// All forms are replaced, so that what one allocates another may free; but the thread sanitizer
// links its own, and then nothing is counted.
#if !__has_feature(thread_sanitizer)

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}

void* operator new(std::size_t size) {
  void* const memory = operator new(size, std::nothrow);
  if (memory == nullptr) {
    std::abort();
  }
  return memory;
}

void* operator new[](std::size_t size) {
  return operator new(size);
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size, std::nothrow);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete[](void* memory) noexcept {
  std::free(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

#endif

namespace sluice::json {
namespace {

// The listing of what a Tape made of `text`; std::nullopt when it was refused.
std::optional<std::string> list(std::string_view text, Documents expected) {
  Tape tape;
  if (!tape.parse(text, expected)) {
    return std::nullopt;
  }
  std::string out;
  for (const View document : tape.documents()) {
    NaiveReader::list(document, out);
  }
  return out;
}

std::string refusal(std::string_view text, Documents expected = Documents::one) {
  Tape tape;
  const auto parsed = tape.parse(text, expected);
  return parsed ? "accepted" : parsed.error().within(text);
}

struct Case {
  std::string_view text;
  std::string_view listing;  // empty: refused
};

TEST(Tape, TakesAndRefusesAsRfc8259Says) {
  const Case cases[] = {
      {"{}", "{}"},
      {" [ ] ", "[]"},
      {"null", "<null>"},
      {"\"\"", "0:"},
      {"-0", "<-0>"},
      {"1e400", "<1e400>"},
      {"123456789012345678901234567890", "<123456789012345678901234567890>"},
      {"-0.0E+00", "<-0.0E+00>"},
      {"{\"a\":1,\"a\":[true,false]}", "{1:a<1>1:a[<true><false>]}"},
      {"\xef\xbb\xbf{\"a\":null}", "{1:a<null>}"},
      {R"("\"\\\/\b\f\n\r\t\u0041")", "9:\"\\/\b\f\n\r\tA"},
      {R"("\u00e9\u20ac\ud83d\ude00\uDBFF\uDFFF")", "13:é€😀\xf4\x8f\xbf\xbf"},
      {R"("\u0000")", std::string_view("1:\0", 3)},
      {"\"\x7f é € 😀 \xed\x9f\xbf \xee\x80\x80\"", "21:\x7f é € 😀 \xed\x9f\xbf \xee\x80\x80"},
      {"\t\n\r 1 \t\n\r", "<1>"},
      {"", ""},
      {" ", ""},
      {"\xef\xbb\xbf", ""},
      {" \xef\xbb\xbf{}", ""},
      {"{}{}", ""},
      {"{} x", ""},
      {"[1,]", ""},
      {"[,1]", ""},
      {"[1,,2]", ""},
      {"[1 2]", ""},
      {"[1}", ""},
      {"{]", ""},
      {"{\"a\"}", ""},
      {"{\"a\":}", ""},
      {"{\"a\":1,}", ""},
      {"{,}", ""},
      {"{a:1}", ""},
      {"{'a':1}", ""},
      {"{1:1}", ""},
      {"{\"a\" 1}", ""},
      {"[", ""},
      {"{", ""},
      {"{\"a\"", ""},
      {"{\"a\":", ""},
      {"{\"a\":1", ""},
      {"]", ""},
      {"1]", ""},
      {"01", ""},
      {"-01", ""},
      {"-", ""},
      {"+1", ""},
      {".5", ""},
      {"1.", ""},
      {"1.e1", ""},
      {"1e", ""},
      {"1e+", ""},
      {"0x1", ""},
      {"1_000", ""},
      {"NaN", ""},
      {"Infinity", ""},
      {"-Infinity", ""},
      {"True", ""},
      {"tru", ""},
      {"truex", ""},
      {"nul", ""},
      {"/**/1", ""},
      {"1 // x", ""},
      {"\"", ""},
      {"\"a", ""},
      {"\"\\\"", ""},
      {"\"\\", ""},
      {"\"\\x\"", ""},
      {"\"\\'\"", ""},
      {"\"\\u12\"", ""},
      {"\"\\u12g4\"", ""},
      {"\"\n\"", ""},
      {"\"\t\"", ""},
      {"\"\x1f\"", ""},
      {std::string_view("\"\0\"", 3), ""},
      {std::string_view("1\0", 2), ""},
      {"\"\x80\"", ""},
      {"\"\xc0\x80\"", ""},
      {"\"\xc1\xbf\"", ""},
      {"\"\xc3\"", ""},
      {"\"\xe0\x9f\xbf\"", ""},
      {"\"\xed\xa0\x80\"", ""},
      {"\"\xf0\x8f\xbf\xbf\"", ""},
      {"\"\xf4\x90\x80\x80\"", ""},
      {"\"\xf5\x80\x80\x80\"", ""},
      {"\"\xff\"", ""},
      {"\xff", ""},
      {R"("\ud800")", ""},
      {R"("\ud800x")", ""},
      {R"("\ud800\n")", ""},
      {R"("\ud800\ud800")", ""},
      {R"("\ud800\u0041")", ""},
      {R"("\udc00")", ""},
      {R"("\ud800)", ""},
      {R"("\ud800\)", ""},
      {R"("\ud800\u)", ""},
      {R"("\ud800\udc0)", ""},
  };
  for (const Case& expected : cases) {
    SCOPED_TRACE(expected.text);
    const auto listing = list(expected.text, Documents::one);
    EXPECT_EQ(listing.value_or(""), expected.listing);
    EXPECT_EQ(NaiveReader::list(expected.text, true).value_or(""), expected.listing);
  }
}

TEST(Tape, ReadsSeveralDocumentsWithOrWithoutWhiteSpaceBetween) {
  const Case cases[] = {
      {"", ""},
      {" \n", ""},
      {"{\"a\":1}{\"a\":2}", "{1:a<1>}{1:a<2>}"},
      {"{}\n{} []\t\"x\"\"y\"1 2 true\nnull", "{}{}[]1:x1:y<1><2><true><null>"},
      {"\"x\"1", "1:x<1>"},
  };
  for (const Case& expected : cases) {
    SCOPED_TRACE(expected.text);
    const auto listing = list(expected.text, Documents::many);
    ASSERT_TRUE(listing);
    EXPECT_EQ(*listing, expected.listing);
    EXPECT_EQ(NaiveReader::list(expected.text, false), listing);
  }
  for (const std::string_view text :
       {"{},{}", "{}{", "1true", "true1", "1\"x\"", "{}\xef\xbb\xbf{}"}) {
    EXPECT_FALSE(list(text, Documents::many)) << text;
    EXPECT_FALSE(NaiveReader::list(text, false)) << text;
  }
}

TEST(Tape, SaysWhatItFoundWhatItExpectedAndWhere) {
  EXPECT_EQ(refusal("{\"a\":x}"),
            "Unexpected character ('x' (code 120)): expected a value at line 1, column 6");
  EXPECT_EQ(
      refusal("{\n \"a\":1,\n}"),
      "Unexpected character ('}' (code 125)): expected '\"' to start a key at line 3, column 1");
  EXPECT_EQ(refusal("[1"), "Unexpected end of input: expected ',' or ']' at line 1, column 3");
  EXPECT_EQ(refusal("\"\x01\""),
            "Control character (code 1) in a string: it must be escaped at line 1, column 2");
  EXPECT_EQ(refusal("\"\xff\""), "Invalid UTF-8 in a string (byte 0xff) at line 1, column 2");
  EXPECT_EQ(refusal("\x01"), "Unexpected byte (code 1): expected a value at line 1, column 1");
  EXPECT_EQ(refusal("tru]"),
            "Unexpected character (']' (code 93)): expected 'true' at line 1, column 4");
  EXPECT_EQ(refusal("{}{}"),
            "Unexpected character ('{' (code 123)): expected nothing after the value at line 1, "
            "column 3");
}

TEST(Tape, BoundsDepthWithoutRecursion) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(list(nested(1024), Documents::one));
  EXPECT_EQ(refusal(nested(1025)), "Nested deeper than 1024 levels at line 1, column 1025");
  EXPECT_EQ(refusal(std::string(10'000'000, '[')),
            "Nested deeper than 1024 levels at line 1, column 1025");
  Tape tape;
  EXPECT_TRUE(tape.parse(nested(100'000), Documents::one, {.depth_max = 100'000}));
}

TEST(Tape, BoundsTheNumberOfValues) {
  Tape tape;
  EXPECT_TRUE(tape.parse("[1,2]", Documents::one, {.nodes_max = 3}));
  EXPECT_FALSE(tape.parse("[1,2,3]", Documents::one, {.nodes_max = 3}));
  EXPECT_TRUE(tape.documents().empty());
  EXPECT_TRUE(tape.parse("[1,2,3]"));
  EXPECT_FALSE(tape.parse("[1,2,3]", Documents::one, {.nodes_max = 3}));
}

TEST(Tape, KeepsLongStringsNumbersAndKeysWhole) {
  const std::string digits(1000, '7');
  const std::string key(1 << 20, 'k');
  const std::string text = "{\"" + key + "\":" + digits + "}";
  Tape tape;
  ASSERT_TRUE(tape.parse(text));
  const Member member = *(*tape.documents().begin()).members().begin();
  EXPECT_EQ(member.key, key);
  EXPECT_EQ(member.value.text(), digits);
}

TEST(Tape, EscapesAtEveryDistanceFromAWordBorderAreFound) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (const char* const escape : {"\\n", "\\u20ac", "\\ud83d\\ude00"}) {
      const std::string text = "\"" + std::string(before, 'a') + escape + "b\"";
      EXPECT_EQ(list(text, Documents::one), NaiveReader::list(text, true)) << text;
    }
    for (int byte = 0; byte < 256; ++byte) {
      const std::string text =
          "\"" + std::string(before, 'a') + static_cast<char>(byte) + std::string(9, 'b') + "\"";
      EXPECT_EQ(list(text, Documents::one), NaiveReader::list(text, true)) << text;
    }
  }
}

TEST(Tape, AllocatesNothingOnceWarm) {
  const std::string records[] = {
      R"({"timestamp": "2025-07-15T17:10:33.123456", "heart_rate": 89})",
      R"({"text":"a\n\u20ac","list":[1,2,[3,{"deep":true}]]} {"b":1})",
  };
  Tape tape;
  for (const std::string& record : records) {
    ASSERT_TRUE(tape.parse(record));
  }
  const std::size_t before = allocations;
  for (int round = 0; round < 1000; ++round) {
    for (const std::string& record : records) {
      if (!tape.parse(record)) {
        FAIL();
      }
    }
  }
  EXPECT_EQ(allocations, before);
}

TEST(Tape, IsUsableAgainAfterARefusalAndAMove) {
  Tape tape;
  EXPECT_FALSE(tape.parse("[[[\"\\n"));
  EXPECT_TRUE(tape.parse("\r"));
  EXPECT_TRUE(tape.documents().empty());
  EXPECT_FALSE(tape.parse("[["));
  ASSERT_TRUE(tape.parse("[\"\\n\"]"));
  Tape moved = std::move(tape);
  EXPECT_EQ((*(*moved.documents().begin()).elements().begin()).text(), "\n");
  ASSERT_TRUE(tape.parse("\"\\t\""));
  EXPECT_EQ((*tape.documents().begin()).text(), "\t");
}

// Random texts, most of them right, and the same with a few bytes changed.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    std::string out;
    const std::uint64_t documents = random_.below(4) == 0 ? random_.below(4) : 1;
    for (std::uint64_t document = 0; document < documents; ++document) {
      blanks(out);
      value(out, 0);
    }
    blanks(out);
    return out;
  }

  void damage(std::string& text) {
    constexpr std::string_view likely = "{}[]\",:\\u0123456789eE+-.tfn \n\x80\xc3\xa9\xed";
    for (std::uint64_t change = 1 + random_.below(3); change > 0 && !text.empty(); --change) {
      const std::size_t at = random_.below(text.size());
      const char c = likely[random_.below(likely.size())];
      switch (random_.below(4)) {
        case 0:
          text.erase(at, 1);
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        case 2:
          text.resize(at);
          break;
        default:
          text[at] = random_.below(3) == 0 ? static_cast<char>(random_.below(256)) : c;
      }
    }
  }

 private:
  void blanks(std::string& out) {
    while (random_.below(4) == 0) {
      out += " \t\r\n"[random_.below(4)];
    }
  }

  void value(std::string& out, int depth) {
    const std::uint64_t kinds = depth < 6 ? 7 : 5;
    switch (random_.below(kinds)) {
      case 0:
        out += "true";
        break;
      case 1:
        out += random_.below(2) == 0 ? "false" : "null";
        break;
      case 2:
      case 3:
        string(out);
        break;
      case 4:
        number(out);
        break;
      case 5:
        group(out, '[', ']', depth);
        break;
      default:
        group(out, '{', '}', depth);
    }
  }

  void group(std::string& out, char open, char close, int depth) {
    out += open;
    const std::uint64_t count = random_.below(5);
    for (std::uint64_t index = 0; index < count; ++index) {
      blanks(out);
      if (open == '{') {
        string(out);
        blanks(out);
        out += ':';
        blanks(out);
      }
      value(out, depth + 1);
      blanks(out);
      if (index + 1 < count) {
        out += ',';
      }
    }
    blanks(out);
    out += close;
  }

  void number(std::string& out) {
    out += random_.below(3) == 0 ? "-" : "";
    out += random_.below(4) == 0 ? "0" : std::to_string(random_.next() >> random_.below(64));
    if (random_.below(3) == 0) {
      out += "." + std::to_string(random_.below(1000));
    }
    if (random_.below(4) == 0) {
      out += random_.below(2) == 0 ? "e" : "E";
      out += random_.below(2) == 0 ? "-" : "+";
      out += std::to_string(random_.below(500));
    }
  }

  void string(std::string& out) {
    out += '"';
    for (std::uint64_t count = random_.below(20); count > 0; --count) {
      switch (random_.below(8)) {
        case 0:
          append_utf8(out, static_cast<std::uint32_t>(0xa0 + random_.below(0x10000)));
          break;
        case 1:
          out += "\\";
          out += "\"\\/bfnrt"[random_.below(8)];
          break;
        case 2:
          out += random_.below(2) == 0 ? "\\u00e9" : "\\uD83d\\uDe00";
          break;
        default:
          out += static_cast<char>('a' + random_.below(26));
      }
    }
    out += '"';
  }

  SeededRandom random_;
};

TEST(Tape, AgreesWithASecondReaderOnRandomTexts) {
  std::size_t refused = 0;
  constexpr std::uint64_t seeds = 20'000;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Generator generator(seed);
    std::string text = generator.text();
    if (seed % 2 == 1) {
      generator.damage(text);
    }
    for (const Documents expected : {Documents::one, Documents::many}) {
      const auto listing = list(text, expected);
      ASSERT_EQ(listing, NaiveReader::list(text, expected == Documents::one))
          << "seed " << seed << ": " << text;
      refused += listing ? 0 : 1;
    }
  }
  EXPECT_GT(refused, seeds / 8);
  EXPECT_LT(refused, seeds * 3 / 2);
}

TEST(Tape, TakesWhatSimdjsonTakes) {
  simdjson::dom::parser parser;
  std::size_t agreed = 0;
  for (std::uint64_t seed = 0; seed < 8'000; ++seed) {
    Generator generator(seed);
    std::string text = generator.text();
    if (seed % 2 == 1) {
      generator.damage(text);
    }
    const auto verdict = parser.parse(simdjson::padded_string(text)).error();
    // simdjson has no answer of its own to numbers beyond 64 bits and beyond the doubles.
    if (verdict != simdjson::NUMBER_ERROR) {
      const bool is_taken = list(text, Documents::one).has_value();
      ASSERT_EQ(is_taken, verdict == simdjson::SUCCESS)
          << "seed " << seed << ": " << text << " " << simdjson::error_message(verdict);
      ++agreed;
    }
  }
  EXPECT_GT(agreed, 6'000U);
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

TEST(Tape, HoldsToThePublishedAcceptAndRejectLists) {
  const char* const folder = std::getenv("SLUICE_TEST_DATA");
  if (folder == nullptr) {
    GTEST_SKIP() << "SLUICE_TEST_DATA is not set; the table above stands in";
  }
  const std::filesystem::path json = std::filesystem::path(folder) / "json";
  const auto verdicts = Document::parse(contents(json / "conformance" / "verdicts.json"));
  ASSERT_TRUE(verdicts) << verdicts.error().message();
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  std::size_t either = 0;
  for (const View entry : verdicts->root().elements()) {
    const std::string name(entry.find("file").text());
    const std::string text = contents(json / name);
    ASSERT_EQ(text.size(), entry.find("bytes").as_int64()) << name;
    const std::string_view verdict = entry.find("verdict").text();
    const auto listing = list(text, Documents::one);
    EXPECT_EQ(listing, NaiveReader::list(text, true)) << name;
    if (verdict == "accept") {
      EXPECT_TRUE(listing) << name << ": " << refusal(text);
      ++accepted;
    } else if (verdict == "reject") {
      EXPECT_FALSE(listing) << name;
      ++rejected;
    } else {
      std::printf("  %s: %s\n", name.c_str(), refusal(text).c_str());
      ++either;
    }
  }
  std::printf("%zu to accept, %zu to reject, %zu either\n", accepted, rejected, either);
  EXPECT_GE(accepted, 95U);
  EXPECT_GE(rejected, 188U);
}

TEST(Tape, ReadsRealDocumentsAsTheSecondReaderDoes) {
  const char* const folder = std::getenv("SLUICE_TEST_DATA");
  if (folder == nullptr) {
    GTEST_SKIP() << "SLUICE_TEST_DATA is not set";
  }
  std::size_t files = 0;
  for (const char* const part : {"documents", "ndjson"}) {
    const auto path = std::filesystem::path(folder) / "json" / part;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) {
        const std::string text = contents(entry.path());
        const auto listing = list(text, Documents::many);
        EXPECT_TRUE(listing) << entry.path() << refusal(text, Documents::many);
        EXPECT_TRUE(listing == NaiveReader::list(text, false)) << entry.path();
        ++files;
      }
    }
  }
  std::printf("%zu files\n", files);
  EXPECT_GT(files, 10U);
}

TEST(Tape, TheFirstValueCanBeReadAlone) {
  Tape tape;

  struct Case {
    std::string_view text;
    std::size_t bytes;
  };

  for (const Case& given : {Case{R"([1,"x"],"b":2})", 7},
                            Case{R"({"a":[]}})", 8},
                            Case{"\"\\n\"x", 4},
                            Case{"12}", 2},
                            Case{"true,", 4}}) {
    const auto bytes = tape.parse_front(given.text);
    ASSERT_TRUE(bytes.has_value()) << given.text;
    EXPECT_EQ(*bytes, given.bytes) << given.text;
  }
  for (const std::string_view text : {"", "]", "[1", "[1,]", "{\"a\"}", "\"x"}) {
    EXPECT_FALSE(tape.parse_front(text).has_value()) << text;
    EXPECT_TRUE(tape.documents().empty()) << text;
  }
  EXPECT_FALSE(tape.parse_front("[[1]]", {.depth_max = 1}).has_value());
}

}  // namespace
}  // namespace sluice::json
