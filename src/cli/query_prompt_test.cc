#include "cli/query_prompt.h"

#include "cli/terminal_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace sluice::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A prompt with its lines given, which writes down what it would have done.
struct Played {
  std::deque<std::string> lines;  // "^C" is Ctrl-C
  ExitCode answer = ExitCode::ok;
  CapturedTerminal captured;
  std::vector<std::string> prompts;
  std::vector<std::string> asked;
  std::vector<std::string> remembered;

  ExitCode run(bool is_interactive) {
    PromptWorld world;
    world.read_line = [&](const std::string& prompt) -> Result<std::optional<std::string>> {
      prompts.push_back(prompt);
      if (lines.empty()) {
        return std::nullopt;
      }
      std::string line = std::move(lines.front());
      lines.pop_front();
      if (line == "^C") {
        return fail(Fault::cancelled, "interrupted");
      }
      return line;
    };
    world.remember = [&](const std::string& text) { remembered.push_back(text); };
    world.ask = [&](const std::string& sql) {
      asked.push_back(sql);
      return answer;
    };
    world.list_tables = [&](const std::string& part) {
      asked.push_back("tables " + part);
      return ExitCode::ok;
    };
    return run_prompt(world, is_interactive, captured.terminal());
  }
};

TEST(QueryPromptTest, a_statement_ends_with_a_semicolon_wherever_its_lines_end) {
  Played played;
  played.lines = {"SELECT 1;", "SELECT", "  2 -- ;", "; SELECT 3;SELECT", "4;", ";", "-- nothing"};
  EXPECT_EQ(played.run(true), ExitCode::ok);
  EXPECT_THAT(played.asked,
              ElementsAre("SELECT 1;", "SELECT\n  2 -- ;\n;", "SELECT 3;", "SELECT\n4;"));
  EXPECT_EQ(played.remembered, played.asked);
  EXPECT_THAT(played.prompts,
              ElementsAre("sluice> ",
                          "sluice> ",
                          "     -> ",
                          "     -> ",
                          "     -> ",
                          "sluice> ",
                          "sluice> ",
                          "sluice> "));
}

TEST(QueryPromptTest, the_words_that_end_other_prompts_end_this_one) {
  for (const char* word : {"exit", "quit", "\\q", "quit;", "exit ; "}) {
    Played played;
    played.lines = {"SELECT", "exit", ";", word, "SELECT 2;"};
    EXPECT_EQ(played.run(true), ExitCode::ok);
    EXPECT_THAT(played.asked, ElementsAre("SELECT\nexit\n;")) << word;
    EXPECT_THAT(played.lines, ElementsAre("SELECT 2;"));
  }
}

TEST(QueryPromptTest, commands_begin_with_a_dot) {
  Played played;
  played.lines = {".tables", ".schema heart;", ".help", ".nonsense", ".quit", "SELECT 1;"};
  EXPECT_EQ(played.run(true), ExitCode::ok);
  EXPECT_THAT(played.asked, ElementsAre("tables ", "tables heart"));
  EXPECT_THAT(played.remembered, ElementsAre(".tables", ".schema heart;", ".help", ".nonsense"));
  EXPECT_THAT(played.captured.out(), HasSubstr(".tables [PART]"));
  EXPECT_THAT(played.captured.error(), HasSubstr("there is no command .nonsense; see .help"));
}

TEST(QueryPromptTest, ctrl_c_gives_up_what_was_typed) {
  Played played;
  played.lines = {"SELECT", "^C", "SELECT 2;"};
  EXPECT_EQ(played.run(true), ExitCode::ok);
  EXPECT_THAT(played.asked, ElementsAre("SELECT 2;"));
}

TEST(QueryPromptTest, a_person_goes_on_after_a_mistake_and_a_script_ends) {
  Played person;
  person.lines = {"SELEC;", "SELECT 1;"};
  person.answer = ExitCode::failed;
  EXPECT_EQ(person.run(true), ExitCode::ok);
  EXPECT_EQ(person.asked.size(), 2);

  Played script;
  script.lines = {"SELEC;", "SELECT 1;"};
  script.answer = ExitCode::failed;
  EXPECT_EQ(script.run(false), ExitCode::failed);
  EXPECT_EQ(script.asked.size(), 1);
}

TEST(QueryPromptTest, a_scripts_last_statement_may_do_without_its_end) {
  Played script;
  script.lines = {"SELECT 1;", "SELECT 2"};
  EXPECT_EQ(script.run(false), ExitCode::ok);
  EXPECT_THAT(script.asked, ElementsAre("SELECT 1;", "SELECT 2\n"));
  EXPECT_THAT(script.captured.out(), IsEmpty());
}

}  // namespace
}  // namespace sluice::cli
