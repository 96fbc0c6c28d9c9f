#include "query/jq_program.h"

#include "base/check.h"
#include "delivery/partition_value.h"

#include <expected>
#include <utility>

extern "C" {
#include <jq.h>
#include <jv.h>
}

namespace sluice::query {
namespace {

// Why a record has no answer.
template <class T>
using Answer = std::expected<T, std::string>;

// A value of jq's, given back at the end.  libjq's functions take what they are handed: copy() for
// those, get() for those that only look.
class Value {
 public:
  explicit Value(jv value) : value_(value) {}

  Value(Value&& other) noexcept : value_(std::exchange(other.value_, jv_invalid())) {}

  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  Value& operator=(Value&&) = delete;

  ~Value() { jv_free(value_); }

  jv get() const { return value_; }

  jv copy() const { return jv_copy(value_); }

  jv_kind kind() const { return jv_get_kind(value_); }

  bool is_valid() const { return kind() != JV_KIND_INVALID; }

  // Of a string.
  std::string_view text() const {
    return {jv_string_value(value_), static_cast<std::size_t>(jv_string_length_bytes(copy()))};
  }

 private:
  jv value_;
};

// A reason with an end, between characters.
std::string shortened(std::string_view reason) {
  if (reason.size() <= jq_reason_bytes_max) {
    return std::string(reason);
  }
  std::size_t end = jq_reason_bytes_max;
  while ((static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(reason.substr(0, end)) + "…";
}

// What an error says: a string as it is, anything else as JSON.
std::string message_of(const Value& failure) {
  const Value message(jv_invalid_get_msg(failure.copy()));
  if (message.kind() == JV_KIND_STRING) {
    return message.text().empty() ? "an error without words" : shortened(message.text());
  }
  return shortened(Value(jv_dump_string(message.copy(), 0)).text());
}

// Without fmt, here and below: a sanitizer checks its virtual calls by system calls that the
// confinement refuses.
std::string no_json(const Value& failure) {
  return "the record is no JSON: " + message_of(failure);
}

bool has_message(const Value& failure) {
  return jv_invalid_has_msg(failure.copy()) != 0;
}

// The words of a compilation that fails, one a line.
void add_line(void* lines, jv message) {
  const Value line(message);
  if (line.kind() == JV_KIND_STRING) {
    std::string& text = *static_cast<std::string*>(lines);
    text += text.empty() ? "" : "\n";
    text += line.text();
  }
}

struct FreeParser {
  void operator()(jv_parser* parser) const { jv_parser_free(parser); }
};

// The one value of a record.
Answer<Value> parse(ByteView record) {
  const std::unique_ptr<jv_parser, FreeParser> parser(jv_parser_new(0));
  jv_parser_set_buf(parser.get(), record.data(), static_cast<int>(record.size()), 0);
  Value value(jv_parser_next(parser.get()));
  if (!value.is_valid()) {
    return std::unexpected(has_message(value) ? no_json(value) : "the record holds no JSON");
  }
  const Value next(jv_parser_next(parser.get()));
  if (next.is_valid()) {
    return std::unexpected("the record holds more than one JSON value");
  }
  if (has_message(next)) {
    return std::unexpected(no_json(next));
  }
  return value;
}

// The one object that the program makes of it.
Answer<Value> run(jq_state* state, const Value& input) {
  jq_start(state, input.copy(), 0);
  Value first(jq_next(state));
  const Value last(first.is_valid() ? jq_next(state) : first.copy());
  if (jq_halted(state) != 0) {
    return std::unexpected("the query halts");
  }
  if (last.is_valid()) {
    return std::unexpected("the query gives more than one result");
  }
  if (has_message(last)) {
    return std::unexpected(message_of(last));
  }
  if (!first.is_valid()) {
    return std::unexpected("the query gives no result");
  }
  if (first.kind() != JV_KIND_OBJECT) {
    return std::unexpected("the query gives no object");
  }
  return first;
}

// The value of a key as text.
Answer<std::string> text_of(const Value& value) {
  using namespace delivery;
  std::string text;
  switch (value.kind()) {
    case JV_KIND_ARRAY:
    case JV_KIND_OBJECT:
      return std::unexpected(std::string(value_is_no_scalar));
    case JV_KIND_STRING:
      text = value.text();
      break;
    case JV_KIND_TRUE:
    case JV_KIND_FALSE:
    case JV_KIND_NUMBER:
      text = Value(jv_dump_string(value.copy(), 0)).text();
      break;
    case JV_KIND_NULL:
    case JV_KIND_INVALID:  // the object has no such member
      break;
  }
  // What is no number, as nan, is printed as null.
  if (text.empty() || (value.kind() == JV_KIND_NUMBER && text == "null")) {
    return std::unexpected(std::string(value_is_null_or_empty));
  }
  return text;
}

}  // namespace

void JqProgram::Teardown::operator()(jq_state* state) const {
  jq_teardown(&state);
}

JqProgram::JqProgram(std::unique_ptr<jq_state, Teardown> state, std::vector<std::string> keys)
    : state_(std::move(state)),
      keys_(std::move(keys)),
      values_(keys_.size()),
      answer_(keys_.size()) {}

Result<JqProgram> JqProgram::compile(const std::string& text,
                                     std::vector<std::string> keys,
                                     void (*on_memory_end)(void*)) {
  std::unique_ptr<jq_state, Teardown> state(jq_init());
  if (!state) {
    return fail(Fault::unavailable, "no memory to start jq");
  }
  std::string errors;
  jq_set_error_cb(state.get(), add_line, &errors);
  // libjq leaves these as it finds them.
  jq_set_input_cb(state.get(), nullptr, nullptr);
  jq_set_debug_cb(state.get(), nullptr, nullptr);
  jq_set_nomem_handler(state.get(), on_memory_end, nullptr);
  jq_set_attr(state.get(), jv_string("JQ_LIBRARY_PATH"), jv_array());
  jq_set_attr(state.get(), jv_string("JQ_ORIGIN"), jv_string("/"));
  jq_set_attr(state.get(), jv_string("PROGRAM_ORIGIN"), jv_string("/"));
  const bool is_program = jq_compile(state.get(), text.c_str()) != 0;
  jq_set_error_cb(state.get(), nullptr, nullptr);
  if (!is_program) {
    return fail(Fault::invalid, "jq refuses the query: " + shortened(errors));
  }
  return JqProgram(std::move(state), std::move(keys));
}

void JqProgram::evaluate(ByteView record, delivery::QueryAnswers& answers) {
  const auto input = parse(record);
  if (!input) {
    return answers.refuse(input.error());
  }
  const auto object = run(state_.get(), *input);
  if (!object) {
    return answers.refuse(object.error());
  }
  std::size_t bytes = 0;
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    const jv name = jv_string_sized(keys_[key].data(), static_cast<int>(keys_[key].size()));
    auto text = text_of(Value(jv_object_get(object->copy(), name)));
    if (!text) {
      return answers.refuse(text.error());
    }
    bytes += text->size();
    if (bytes > delivery::partition_values_bytes_max) {
      return answers.refuse(delivery::values_are_too_long);
    }
    values_[key] = std::move(*text);
    answer_[key] = values_[key];
  }
  answers.accept(answer_);
}

}  // namespace sluice::query
