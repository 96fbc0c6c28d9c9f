// Tests of cli/terminal.h.
#include "cli/terminal.h"

#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(Terminal, ColoursAreForTerminalsThatWantThem) {
  EXPECT_TRUE(wants_colour(true, nullptr, "xterm"));
  EXPECT_TRUE(wants_colour(true, "", "xterm"));
  EXPECT_FALSE(wants_colour(false, nullptr, "xterm"));
  EXPECT_FALSE(wants_colour(true, "1", "xterm"));
  EXPECT_FALSE(wants_colour(true, nullptr, "dumb"));
  EXPECT_FALSE(wants_colour(true, nullptr, nullptr));
}

TEST(Terminal, PaintPutsTheColourAroundTheTextAndTakesItBack) {
  EXPECT_EQ(Paint(true)(Ink::red, "x"), "\033[31mx\033[0m");
  EXPECT_EQ(Paint(true)(Ink::plain, "x"), "x");
  EXPECT_EQ(Paint(true)(Ink::red, ""), "");
  EXPECT_EQ(Paint(false)(Ink::red, "x"), "x");
}

TEST(Terminal, AComplaintIsOneLineOnStandardErrorThatNamesTheCommand) {
  CapturedTerminal captured;
  captured.terminal().complain("convert", "cannot read x");
  captured.terminal().complain("", "there is no command 'x'");
  EXPECT_EQ(captured.error(), "sluice convert: cannot read x\nsluice: there is no command 'x'\n");
  EXPECT_EQ(captured.out(), "");
}

TEST(Terminal, OutputThatCannotBeWrittenIsNoticed) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Terminal terminal({full, false, false}, {stderr, false, false});
  terminal.print("x");
  EXPECT_FALSE(terminal.flush());
  std::fclose(full);
}

}  // namespace
}  // namespace sluice::cli
