// Tests of the command line: help, version, wrong usage.
#include "cli/command_line.h"

#include "cli/quantity.h"
#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

const std::vector<std::vector<std::string>> commands = {{},
                                                        {"demo"},
                                                        {"serve"},
                                                        {"put"},
                                                        {"convert"},
                                                        {"inspect"},
                                                        {"query"},
                                                        {"ddl"},
                                                        {"check"},
                                                        {"verify"},
                                                        {"recover"},
                                                        {"explain"},
                                                        {"replay"},
                                                        {"backfill"},
                                                        {"heartrate"},
                                                        {"heartrate", "scan"},
                                                        {"heartrate", "record"},
                                                        {"heartrate", "decode"},
                                                        {"heartrate", "simulate"},
                                                        {"heartrate", "summary"},
                                                        {"heartrate", "export"},
                                                        {"heartrate", "plot"}};

TEST(CommandLine, EveryHelpHasExamplesAndFitsATerminal) {
  for (std::vector<std::string> words : commands) {
    words.push_back("--help");
    const Ran ran = run_program(words);
    EXPECT_EQ(ran.code, ExitCode::ok);
    EXPECT_EQ(ran.error, "");
    EXPECT_NE(ran.out.find("Usage: sluice"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("Examples:\n  sluice "), std::string::npos) << ran.out;
    std::size_t begin = 0;
    while (begin < ran.out.size()) {
      const std::size_t end = ran.out.find('\n', begin);
      const std::string line = ran.out.substr(begin, end - begin);
      EXPECT_LE(display_width(line), 80U) << line;
      begin = end + 1;
    }
  }
}

TEST(CommandLine, TheHelpSaysWhatExitCodesMean) {
  EXPECT_NE(run_program({"--help"}).out.find("3    nothing answered: no server, or no Bluetooth"),
            std::string::npos);
}

TEST(CommandLine, WithoutArgumentsTheHelpIsPrinted) {
  const Ran ran = run_program({});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_EQ(ran.out, run_program({"--help"}).out);
}

TEST(CommandLine, TheVersionIsOneLine) {
  const Ran ran = run_program({"--version"});
  EXPECT_EQ(ran.code, ExitCode::ok);
  EXPECT_TRUE(ran.out.starts_with("sluice "));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1);
}

TEST(CommandLine, UsageShowsWhatMayBeLeftOut) {
  EXPECT_NE(run_program({"query", "--help"}).out.find("Usage: sluice query [OPTIONS] [SQL]\n"),
            std::string::npos);
  EXPECT_NE(run_program({"ddl", "--help"}).out.find("Usage: sluice ddl [OPTIONS] TABLE\n"),
            std::string::npos);
}

TEST(CommandLine, ExitCodesStandOnTheFirstPage) {
  EXPECT_NE(run_program({"--help"}).out.find("Exit codes:"), std::string::npos);
  EXPECT_EQ(run_program({"query", "--help"}).out.find("Exit codes:"), std::string::npos);
}

struct WrongUsage {
  std::vector<std::string> arguments;
  std::string error;  // its beginning
};

TEST(CommandLine, WrongUsageIsOneLineThatSaysWhereToLook) {
  const std::vector<WrongUsage> cases = {
      {{"conver"}, "sluice: there is no command 'conver'; see `sluice --help`"},
      {{"--nothing"}, "sluice: there is no option --nothing; see `sluice --help`"},
      {{"heartrate"}, "sluice heartrate: a command is missing; see `sluice heartrate --help`"},
      {{"inspect"}, "sluice inspect: FILE is required; see `sluice inspect --help`"},
      {{"put", "a"}, "sluice put: --stream is required; see"},
      {{"convert", "a", "--schema", "a int"}, "sluice convert: the file to write is missing"},
      {{"put", "a", "b", "--stream", "s"}, "sluice put: there is one argument too many: b; see"},
      {{"put", "x", "--stream", "s", "--batches", "3"}, "sluice put: there is no option --batches"},
      {{"put", "x", "--stream", "s", "--batch", "many"},
       "sluice put: --batch takes a number, not 'many'; see `sluice put --help`"},
      {{"put", "x", "--stream"}, "sluice put: --stream needs a value: --stream NAME; see"},
      {{"query", "--threads", "300", "q"},
       "sluice query: --threads takes 1 to 256, not '300'; see"},
      {{"query", "--timeout", "x", "q"}, "sluice query: --timeout takes 1 to 86400, not 'x'; see"},
      {{"heartrate", "decode", "--as", "x"},
       "sluice heartrate decode: --as takes measurement, location or battery, not 'x'; see"},
      {{"heartrate", "simulate", "--real-time", "--speed", "2"},
       "sluice heartrate simulate: --real-time and --speed do not go together; see"},
      {{"recover", "--yes=maybe"}, "sluice recover: --yes takes no value; see"},
      {{"explain"}, "sluice explain: WHAT is required; see"},
      {{"explain", "a", "b", "c", "d"}, "sluice explain: WHAT takes at most 3 words, not 4; see"},
      {{"put", "x", "--stream", "s", "--batch", "501"}, "sluice put: cannot send 501 records"},
      {{"put", "x", "--stream", "s", "--endpoint", "nowhere"},
       "sluice put: cannot use the endpoint"},
      {{"heartrate", "simulate", "--start", "noon"},
       "sluice heartrate simulate: cannot read --start noon; write it as"},
      {{"heartrate", "simulate", "--duration", "0"},
       "sluice heartrate simulate: cannot simulate 0 s"},
      {{"serve", "--on-stop", "never"},
       "sluice serve: --on-stop takes drain or leave, not 'never'; see"},
      {{"serve", "--on-stop"}, "sluice serve: --on-stop needs a value: --on-stop drain|leave; see"},
      {{"serve", "--data-dir", ""}, "sluice serve: --data-dir: it is empty"},
      {{"serve", "--listen", "a", "--listen", "b"},
       "sluice serve: --listen was given more than once"},
      {{"serve", "--config", "/nonexistent.toml"}, "sluice serve: cannot read the configuration"},
      {{"demo", "--config", "/nonexistent.toml"}, "sluice demo: cannot read the configuration"},
  };
  for (const WrongUsage& wrong : cases) {
    const Ran ran = run_program(wrong.arguments);
    EXPECT_EQ(ran.code, ExitCode::usage) << ran.error;
    EXPECT_TRUE(ran.error.starts_with(wrong.error)) << ran.error;
    EXPECT_EQ(std::count(ran.error.begin(), ran.error.end(), '\n'), 1) << ran.error;
    EXPECT_EQ(ran.out, "");
  }
}

TEST(CommandLine, HelpAndVersionAreUnderstoodAsWordsToo) {
  EXPECT_EQ(run_program({"help"}).out, run_program({"--help"}).out);
  EXPECT_EQ(run_program({"help", "serve"}).out, run_program({"serve", "--help"}).out);
  EXPECT_EQ(run_program({"version"}).out, run_program({"--version"}).out);
  EXPECT_EQ(run_program({"serve", "--help"}).out.find(":{"), std::string::npos);
}

TEST(CommandLine, OutputThatCannotBeWrittenIsAFailure) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  CapturedTerminal captured;
  Terminal terminal({full, false, false}, {full, false, false});
  const std::vector<std::string> arguments = {"--version"};
  EXPECT_EQ(run(arguments, terminal), ExitCode::failed);
  std::fclose(full);
}

TEST(ExitCodes, FollowTheFault) {
  EXPECT_EQ(exit_code_of(Fault::unavailable), ExitCode::unreachable);
  EXPECT_EQ(exit_code_of(Fault::cancelled), ExitCode::interrupted);
  EXPECT_EQ(exit_code_of(Fault::io), ExitCode::failed);
  EXPECT_EQ(exit_code_of(Fault::invalid), ExitCode::failed);
}

}  // namespace
}  // namespace sluice::cli
