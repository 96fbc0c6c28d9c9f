// Globs: braces are multiplied out, then each plain pattern is walked with the set of places in it
// that the path so far can have reached, so that no pattern takes long.
#include "query/glob.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::query {
namespace {

constexpr std::size_t pattern_bytes_max = 1024;
constexpr std::size_t alternatives_max = 1000;

std::unexpected<Error> refuse(std::string_view pattern, std::string_view why) {
  return fail(Fault::invalid, fmt::format("the pattern {}: {}", pattern, why));
}

// Where the unescaped `wanted` is from `from` on; npos if it is not.
std::size_t find_plain(std::string_view pattern, char wanted, std::size_t from) {
  for (std::size_t at = from; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      ++at;
    } else if (pattern[at] == wanted) {
      return at;
    }
  }
  return std::string_view::npos;
}

// "a{b,c}d" -> "abd", "acd".
Result<std::vector<std::string>> multiply_out(std::string_view pattern) {
  std::vector<std::string> heads = {""};
  std::size_t at = 0;
  while (true) {
    const std::size_t open = find_plain(pattern, '{', at);
    const std::string_view plain = pattern.substr(at, open - at);
    for (std::string& head : heads) {
      head += plain;
    }
    if (open == std::string_view::npos) {
      return heads;
    }
    const std::size_t close = find_plain(pattern, '}', open);
    if (close == std::string_view::npos) {
      return refuse(pattern, "{ is not closed");
    }
    if (find_plain(pattern.substr(0, close), '{', open + 1) != std::string_view::npos) {
      return refuse(pattern, "{ within { is not offered");
    }
    std::vector<std::string> longer;
    for (std::size_t start = open + 1; start <= close;) {
      const std::size_t end = std::min(find_plain(pattern, ',', start), close);
      for (const std::string& head : heads) {
        longer.push_back(head + std::string(pattern.substr(start, end - start)));
      }
      if (longer.size() > alternatives_max) {
        return refuse(pattern, fmt::format("more than {} alternatives", alternatives_max));
      }
      start = end + 1;
    }
    heads = std::move(longer);
    at = close + 1;
  }
}

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.size() > pattern_bytes_max) {
    return refuse(pattern.substr(0, 40), fmt::format("longer than {} bytes", pattern_bytes_max));
  }
  SLUICE_TRY(plain_patterns, multiply_out(pattern));
  Glob glob;
  for (const std::string& plain : plain_patterns) {
    SLUICE_TRY(steps, parse_plain(plain));
    glob.alternatives_.push_back(std::move(steps));
  }
  return glob;
}

Result<std::vector<Glob::Step>> Glob::parse_plain(std::string_view pattern) {
  std::vector<Step> steps;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '*') {
      const bool is_double = at + 1 < pattern.size() && pattern[at + 1] == '*';
      at += is_double ? 1 : 0;
      steps.push_back({is_double ? Step::Kind::any : Step::Kind::any_in_folder, {}, false});
    } else if (c == '?') {
      steps.push_back({Step::Kind::any_one, {}, false});
    } else if (c == '[') {
      Step set{Step::Kind::set, {}, false};
      const std::size_t close = find_plain(pattern, ']', at + 1);
      if (close == std::string_view::npos || close == at + 1) {
        return refuse(pattern, "[ is not closed");
      }
      ++at;
      if (pattern[at] == '!') {
        set.is_negated = true;
        ++at;
      }
      while (at < close) {
        at += pattern[at] == '\\' ? 1 : 0;
        const char first = pattern[at++];
        char last = first;
        if (at + 1 < close && pattern[at] == '-') {
          last = pattern[at + 1];
          at += 2;
        }
        set.characters += first;
        set.characters += last;
      }
      steps.push_back(std::move(set));
      at = close;
    } else {
      at += c == '\\' && at + 1 < pattern.size() ? 1 : 0;
      steps.push_back({Step::Kind::literal, std::string(1, pattern[at]), false});
    }
  }
  return steps;
}

bool Glob::takes(const Step& step, char c) {
  switch (step.kind) {
    case Step::Kind::literal:
      return step.characters[0] == c;
    case Step::Kind::any_one:
    case Step::Kind::any_in_folder:
      return c != '/';
    case Step::Kind::any:
      return true;
    case Step::Kind::set:
      break;
  }
  bool is_member = false;
  for (std::size_t at = 0; at + 1 < step.characters.size(); at += 2) {
    is_member = is_member || (step.characters[at] <= c && c <= step.characters[at + 1]);
  }
  return c != '/' && is_member != step.is_negated;
}

bool Glob::matches(const std::vector<Step>& steps, std::string_view path) {
  const auto repeats = [&](std::size_t at) {
    return at < steps.size() &&
           (steps[at].kind == Step::Kind::any || steps[at].kind == Step::Kind::any_in_folder);
  };
  // reached[i]: the path so far is taken by the first i steps; a star may be left at any time.
  std::vector<bool> reached(steps.size() + 1);
  reached[0] = true;
  const auto leave_stars = [&] {
    for (std::size_t at = 0; at < steps.size(); ++at) {
      if (reached[at] && repeats(at)) {
        reached[at + 1] = true;
      }
    }
  };
  leave_stars();
  for (const char c : path) {
    std::vector<bool> next(steps.size() + 1);
    for (std::size_t at = 0; at < steps.size(); ++at) {
      if (reached[at] && takes(steps[at], c)) {
        next[repeats(at) ? at : at + 1] = true;
      }
    }
    reached = std::move(next);
    leave_stars();
  }
  return reached.back();
}

bool Glob::matches(std::string_view path) const {
  return std::any_of(alternatives_.begin(),
                     alternatives_.end(),
                     [&](const std::vector<Step>& steps) { return matches(steps, path); });
}

}  // namespace sluice::query
