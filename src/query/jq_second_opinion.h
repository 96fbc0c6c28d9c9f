// Sluice's own reader of plain selections held against jq: the same record through both.
#pragma once

#include "base/check.h"
#include "delivery/object_construction.h"
#include "delivery/plain_selection.h"
#include "query/jq_program.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::query {

// Not thread-safe.
class SecondOpinion {
 public:
  // `query` is a plain selection.
  explicit SecondOpinion(std::string_view query)
      : SecondOpinion(query, delivery::read_object_construction(query).value()) {}

  // Empty when both agree, or the selection leaves the record to jq; else what both say.
  std::string disagreement_about(ByteView record) {
    own_.reset(keys_);
    jqs_.reset(keys_);
    if (!selection_.evaluate(record, own_)) {
      return {};
    }
    ++answered_;
    jq_.evaluate(record, jqs_);
    const std::string own = text_of(own_);
    const std::string jqs = text_of(jqs_);
    return own == jqs ? std::string() : own + " instead of " + jqs;
  }

  // Records that were not left to jq.
  std::size_t answered() const { return answered_; }

 private:
  SecondOpinion(std::string_view query, const std::vector<delivery::ConstructedMember>& members)
      : keys_(members.size()),
        selection_(delivery::PlainSelection::compile(members).value()),
        jq_(JqProgram::compile(std::string(query), names_of(members), [](void*) {
              std::abort();
            }).value()) {}

  static std::vector<std::string> names_of(
      const std::vector<delivery::ConstructedMember>& members) {
    std::vector<std::string> names;
    for (const delivery::ConstructedMember& member : members) {
      names.push_back(member.key);
    }
    return names;
  }

  std::string text_of(const delivery::QueryAnswers& answers) const {
    SLUICE_CHECK(answers.size() == 1);
    if (answers.is_refused(0)) {
      return "! " + std::string(answers.why(0));
    }
    std::string out;
    for (std::size_t key = 0; key < keys_; ++key) {
      out += "[" + std::string(answers.value(0, key)) + "]";
    }
    return out;
  }

  std::size_t keys_;
  delivery::PlainSelection selection_;
  JqProgram jq_;
  delivery::QueryAnswers own_;
  delivery::QueryAnswers jqs_;
  std::size_t answered_ = 0;
};

}  // namespace sluice::query
