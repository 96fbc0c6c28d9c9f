// The queue, the history and what outlives the server.  No test waits for time: a run ends when the
// test lets it.
#include "query/athena_executions.h"

#include "base/check.h"
#include "query/athena_library.h"
#include "store/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

namespace sluice::query {
namespace {

class ExecutionsTest : public testing::Test {
 protected:
  std::unique_ptr<Executions> open(RunExecution run, const ExecutionsOptions& options = {}) {
    return Executions::open(*database_, clock_, random_, std::move(run), options).value();
  }

  static ExecutionRequest asking(std::string sql, std::string token = {}) {
    ExecutionRequest request;
    request.sql = std::move(sql);
    request.work_group = "primary";
    request.client_token = std::move(token);
    return request;
  }

  static Result<std::string> name(const std::string& id) { return "s3://b/" + id + ".csv"; }

  // Waits until it is over; a thread of the executions does that.
  static Execution finished(const Executions& executions, const std::string& id) {
    while (true) {
      Execution execution = executions.find(id).value();
      if (execution.is_over()) {
        return execution;
      }
      std::this_thread::yield();
    }
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(1'000'000)};
  SystemRandom random_;
  std::unique_ptr<store::Database> database_ =
      store::Database::open(folder_.path() + "/store.sqlite").value();
};

TEST_F(ExecutionsTest, a_query_runs_and_its_figures_are_kept_over_a_restart) {
  std::string id;
  {
    auto executions = open([](const Execution& execution, const auto&) -> Result<ExecutionFigures> {
      EXPECT_EQ(execution.state, ExecutionState::running);
      EXPECT_EQ(execution.request.sql, "select 1");
      return ExecutionFigures{
          .engine = std::chrono::milliseconds(3), .bytes_scanned = 5, .rows = 7};
    });
    id = executions->start(asking("select 1"), name).value();
    EXPECT_EQ(finished(*executions, id).state, ExecutionState::succeeded);
  }
  auto again = open(nullptr);
  const Execution execution = again->find(id).value();
  EXPECT_EQ(execution.state, ExecutionState::succeeded);
  EXPECT_EQ(execution.result, "s3://b/" + id + ".csv");
  EXPECT_EQ(execution.figures.bytes_scanned, 5u);
  EXPECT_EQ(execution.submitted, unix_millis(1'000'000));
}

TEST_F(ExecutionsTest, failures_keep_their_reason) {
  auto executions = open([](const Execution& execution, const auto&) -> Result<ExecutionFigures> {
    return execution.request.sql == "a" ? fail(Fault::invalid, "wrong") : fail(Fault::io, "disk");
  });
  const Execution users = finished(*executions, executions->start(asking("a"), name).value());
  EXPECT_EQ(users.state, ExecutionState::failed);
  EXPECT_EQ(users.reason, "wrong");
  EXPECT_FALSE(users.is_our_fault);
  EXPECT_TRUE(finished(*executions, executions->start(asking("b"), name).value()).is_our_fault);
}

TEST_F(ExecutionsTest, what_runs_and_what_waits_can_be_cancelled) {
  std::latch is_running(1);
  auto executions = open(
      [&](const Execution&, const std::function<bool()>& keep_on) -> Result<ExecutionFigures> {
        is_running.count_down();
        while (keep_on()) {
          std::this_thread::yield();
        }
        return fail(Fault::cancelled, "ended");
      },
      {.threads = 1});
  const std::string running = executions->start(asking("a"), name).value();
  const std::string waiting = executions->start(asking("b"), name).value();
  is_running.wait();
  EXPECT_EQ(executions->find(running)->state, ExecutionState::running);
  ASSERT_TRUE(executions->cancel(waiting));
  EXPECT_EQ(executions->find(waiting)->state, ExecutionState::cancelled);
  ASSERT_TRUE(executions->cancel(running));
  EXPECT_EQ(finished(*executions, running).state, ExecutionState::cancelled);
  EXPECT_EQ(finished(*executions, running).reason, "Query cancelled by user");
  EXPECT_TRUE(executions->cancel(running)) << "it is over";
  EXPECT_EQ(executions->cancel("none").error().fault(), Fault::missing);
}

TEST_F(ExecutionsTest, a_stop_in_mid_work_fails_what_runs_and_the_next_start_fails_what_waited) {
  std::latch is_running(1);
  auto executions = open(
      [&](const Execution&, const std::function<bool()>& keep_on) -> Result<ExecutionFigures> {
        is_running.count_down();
        while (keep_on()) {
          std::this_thread::yield();
        }
        return fail(Fault::cancelled, "ended");
      },
      {.threads = 1});
  const std::string running = executions->start(asking("a"), name).value();
  const std::string waiting = executions->start(asking("b"), name).value();
  is_running.wait();
  executions->stop();
  EXPECT_EQ(executions->find(running)->state, ExecutionState::failed);
  EXPECT_EQ(executions->start(asking("c"), name).error().fault(), Fault::throttled);
  executions.reset();
  auto again = open(nullptr);
  for (const std::string& id : {running, waiting}) {
    EXPECT_EQ(again->find(id)->state, ExecutionState::failed);
    EXPECT_THAT(again->find(id)->reason,
                testing::HasSubstr("the server ended before the query did"));
    EXPECT_TRUE(again->find(id)->is_our_fault);
  }
}

TEST_F(ExecutionsTest, a_full_queue_throttles_and_a_token_answers_alike) {
  auto executions = open(nullptr, {.threads = 0, .queued_max = 2});
  const std::string first = executions->start(asking("a", "token"), name).value();
  EXPECT_EQ(executions->start(asking("a", "token"), name).value(), first);
  EXPECT_EQ(executions->start(asking("b", "token"), name).error().fault(), Fault::conflict);
  ASSERT_TRUE(executions->start(asking("c"), name));
  EXPECT_EQ(executions->start(asking("d"), name).error().fault(), Fault::throttled);
}

TEST_F(ExecutionsTest, lists_go_from_newest_to_oldest_and_the_history_is_trimmed) {
  auto executions = open([](const Execution&, const auto&) { return ExecutionFigures{}; },
                         {.threads = 1, .kept_max = 4});
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(executions->start(asking("select " + std::to_string(i)), name).value());
    finished(*executions, ids.back());
  }
  const ExecutionList first = executions->list("primary", std::nullopt, 3);
  EXPECT_THAT(first.ids, testing::ElementsAre(ids[5], ids[4], ids[3]));
  ASSERT_TRUE(first.next);
  const ExecutionList second = executions->list("primary", first.next, 3);
  EXPECT_THAT(second.ids, testing::ElementsAre(ids[2]));
  EXPECT_FALSE(second.next);
  EXPECT_THAT(executions->list("other", std::nullopt, 3).ids, testing::IsEmpty());
  EXPECT_EQ(executions->find(ids[0]).error().fault(), Fault::missing);
}

TEST_F(ExecutionsTest, the_library_keeps_work_groups_queries_and_statements) {
  {
    auto library = Library::open(*database_, clock_, random_, "s3://out/").value();
    EXPECT_EQ(library->work_group("primary")->output_location, "s3://out/");
    WorkGroup group;
    group.name = "g";
    group.tags["k"] = "v";
    ASSERT_TRUE(library->create_work_group(group));
    EXPECT_EQ(library->create_work_group(group).error().fault(), Fault::conflict);
    NamedQuery query;
    query.name = "q";
    query.work_group = "g";
    query.sql = "select 1";
    query.client_token = "t";
    const std::string id = library->create_named_query(query).value();
    EXPECT_EQ(library->create_named_query(query).value(), id);
    ASSERT_TRUE(library->create_prepared(
        {.name = "p", .work_group = "g", .sql = "select ?", .description = {}}));
    EXPECT_EQ(library->delete_work_group("primary", true).error().fault(), Fault::invalid);
    EXPECT_EQ(library->delete_work_group("g", false).error().fault(), Fault::conflict);
    query.work_group = "none";
    query.client_token.clear();
    EXPECT_EQ(library->create_named_query(query).error().fault(), Fault::missing);
  }
  auto again = Library::open(*database_, clock_, random_, "s3://other/").value();
  EXPECT_EQ(again->work_group("primary")->output_location, "s3://out/");
  EXPECT_EQ(again->work_group("g")->tags.at("k"), "v");
  ASSERT_EQ(again->named_queries("g").size(), 1u);
  EXPECT_EQ(again->named_query(again->named_queries("g")[0])->sql, "select 1");
  EXPECT_EQ(again->prepared("g", "p")->sql, "select ?");
  ASSERT_TRUE(again->delete_work_group("g", true));
  EXPECT_THAT(again->named_queries("g"), testing::IsEmpty());
  EXPECT_EQ(again->prepared("g", "p").error().fault(), Fault::missing);
}

}  // namespace
}  // namespace sluice::query
