// Partition expressions: a parser by recursive descent that emits steps for a stack.
#include "catalog/partition_expression.h"

#include "base/check.h"
#include "catalog/expression_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::catalog {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::unexpected<Error> at(const Token& token, std::string_view what) {
  return fail(Fault::invalid, fmt::format("position {}: {}", token.position, what));
}

std::string shown(const Token& token) {
  switch (token.kind) {
    case TokenKind::end:
      return "the end";
    case TokenKind::text:
      return fmt::format("'{}'", token.text);
    case TokenKind::word:
    case TokenKind::quoted:
    case TokenKind::number:
    case TokenKind::sign:
      break;
  }
  return token.text;
}

}  // namespace

class ExpressionParser {
 public:
  ExpressionParser(std::vector<Token> tokens, std::span<const Column> keys)
      : tokens_(std::move(tokens)), keys_(keys) {}

  Result<PartitionExpression> parse() {
    SLUICE_TRY_DO(disjunction());
    if (peek().kind != TokenKind::end) {
      return at(peek(), fmt::format("AND, OR or the end is expected before {}", shown(peek())));
    }
    return std::move(made_);
  }

 private:
  using Operation = PartitionExpression::Operation;
  using Step = PartitionExpression::Step;

  const Token& peek() const { return tokens_[next_]; }

  const Token& take() {
    const Token& token = tokens_[next_];
    if (token.kind != TokenKind::end) {
      ++next_;
    }
    return token;
  }

  bool is_keyword(std::string_view keyword) const {
    return peek().kind == TokenKind::word && lowered(peek().text) == keyword;
  }

  bool take_keyword(std::string_view keyword) {
    const bool is_it = is_keyword(keyword);
    next_ += is_it ? 1 : 0;
    return is_it;
  }

  bool take_sign(std::string_view sign) {
    const bool is_it = peek().kind == TokenKind::sign && peek().text == sign;
    next_ += is_it ? 1 : 0;
    return is_it;
  }

  Result<void> need_sign(std::string_view sign) {
    if (!take_sign(sign)) {
      return at(peek(), fmt::format("{} is expected before {}", sign, shown(peek())));
    }
    return {};
  }

  void emit(Operation operation) {
    Step step;
    step.operation = operation;
    made_.steps_.push_back(std::move(step));
  }

  Result<void> disjunction() {
    SLUICE_TRY_DO(conjunction());
    while (take_keyword("or")) {
      SLUICE_TRY_DO(conjunction());
      emit(Operation::logical_or);
    }
    return {};
  }

  Result<void> conjunction() {
    SLUICE_TRY_DO(term());
    while (take_keyword("and")) {
      SLUICE_TRY_DO(term());
      emit(Operation::logical_and);
    }
    return {};
  }

  Result<void> term() {
    if (++depth_ > expression_depth_max) {
      return at(peek(), fmt::format("nested deeper than {}", expression_depth_max));
    }
    if (take_keyword("not")) {
      SLUICE_TRY_DO(term());
      emit(Operation::logical_not);
    } else if (take_sign("(")) {
      SLUICE_TRY_DO(disjunction());
      SLUICE_TRY_DO(need_sign(")"));
    } else {
      SLUICE_TRY_DO(predicate());
    }
    --depth_;
    return {};
  }

  // Resolves a name to a key that can be compared.
  Result<Step> key_step(const Token& name) {
    const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Column& column) {
      return lowered(column.name) == lowered(name.text);
    });
    if (key == keys_.end()) {
      std::vector<std::string> names;
      for (const Column& column : keys_) {
        names.push_back(column.name);
      }
      return at(name,
                fmt::format("{} is no partition key; there are {}",
                            name.text,
                            names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
    }
    const auto kind = key_kind(key->type);
    if (!kind) {
      return at(name,
                fmt::format("partition key {} has type {}, which expressions cannot compare",
                            key->name,
                            key->type));
    }
    Step step;
    step.key = static_cast<std::size_t>(key - keys_.begin());
    step.kind = *kind;
    return step;
  }

  bool is_literal() const {
    const TokenKind kind = peek().kind;
    const bool is_text_behind =
        next_ + 1 < tokens_.size() && tokens_[next_ + 1].kind == TokenKind::text;
    return kind == TokenKind::text || kind == TokenKind::number ||
           (is_text_behind && (is_keyword("date") || is_keyword("timestamp")));
  }

  // The text of a literal of any kind.
  Result<Token> literal() {
    if (!is_literal()) {
      return at(peek(), fmt::format("a literal is expected before {}", shown(peek())));
    }
    if (peek().kind == TokenKind::word) {
      take();
    }
    return take();
  }

  Result<void> add_operand(Step& step, const Token& token) const {
    auto value = TypedValue::read(step.kind, token.text);
    if (!value) {
      return at(token,
                fmt::format("{} is no value of partition key {}, whose type is {}",
                            shown(token),
                            keys_[step.key].name,
                            keys_[step.key].type));
    }
    step.operands.push_back(*std::move(value));
    return {};
  }

  static std::optional<Operation> comparison(std::string_view sign) {
    constexpr std::pair<std::string_view, Operation> signs[] = {
        {"=", Operation::equal},
        {"<>", Operation::not_equal},
        {"<", Operation::less},
        {"<=", Operation::less_or_equal},
        {">", Operation::greater},
        {">=", Operation::greater_or_equal}};
    for (const auto& [text, operation] : signs) {
      if (text == sign) {
        return operation;
      }
    }
    return std::nullopt;
  }

  // As seen from the other side: 5 < key is key > 5.
  static Operation mirrored(Operation operation) {
    switch (operation) {
      case Operation::less:
        return Operation::greater;
      case Operation::less_or_equal:
        return Operation::greater_or_equal;
      case Operation::greater:
        return Operation::less;
      case Operation::greater_or_equal:
        return Operation::less_or_equal;
      default:
        return operation;
    }
  }

  Result<const Token*> key_name() {
    if (peek().kind != TokenKind::word && peek().kind != TokenKind::quoted) {
      return at(peek(), fmt::format("a partition key is expected before {}", shown(peek())));
    }
    return &take();
  }

  Result<Operation> need_comparison() {
    const auto operation = peek().kind == TokenKind::sign ? comparison(peek().text) : std::nullopt;
    if (!operation) {
      return at(peek(),
                fmt::format("a comparison, IN, BETWEEN, LIKE or IS is expected before {}",
                            shown(peek())));
    }
    take();
    return *operation;
  }

  Result<void> predicate() {
    if (is_literal()) {
      SLUICE_TRY(value, literal());
      SLUICE_TRY(operation, need_comparison());
      SLUICE_TRY(name, key_name());
      SLUICE_TRY(step, key_step(*name));
      step.operation = mirrored(operation);
      SLUICE_TRY_DO(add_operand(step, value));
      made_.steps_.push_back(std::move(step));
      return {};
    }
    SLUICE_TRY(name, key_name());
    SLUICE_TRY(step, key_step(*name));
    if (take_keyword("is")) {
      const bool is_not = take_keyword("not");
      if (!take_keyword("null")) {
        return at(peek(), fmt::format("NULL is expected before {}", shown(peek())));
      }
      step.operation = Operation::is_null;
      return finish(std::move(step), is_not);
    }
    const bool is_not = take_keyword("not");
    if (take_keyword("in")) {
      return in_list(std::move(step), is_not);
    }
    if (take_keyword("between")) {
      return between(std::move(step), is_not);
    }
    if (take_keyword("like")) {
      SLUICE_TRY(pattern, literal());
      step.operation = Operation::like;
      step.pattern = pattern.text;
      return finish(std::move(step), is_not);
    }
    if (is_not) {
      return at(peek(), fmt::format("IN, BETWEEN or LIKE is expected before {}", shown(peek())));
    }
    SLUICE_TRY(operation, need_comparison());
    step.operation = operation;
    SLUICE_TRY(value, literal());
    SLUICE_TRY_DO(add_operand(step, value));
    return finish(std::move(step), false);
  }

  Result<void> in_list(Step step, bool is_not) {
    step.operation = Operation::in;
    SLUICE_TRY_DO(need_sign("("));
    do {
      SLUICE_TRY(value, literal());
      SLUICE_TRY_DO(add_operand(step, value));
    } while (take_sign(","));
    SLUICE_TRY_DO(need_sign(")"));
    return finish(std::move(step), is_not);
  }

  Result<void> between(Step step, bool is_not) {
    step.operation = Operation::between;
    SLUICE_TRY(low, literal());
    SLUICE_TRY_DO(add_operand(step, low));
    if (!take_keyword("and")) {
      return at(peek(), fmt::format("AND is expected before {}", shown(peek())));
    }
    SLUICE_TRY(high, literal());
    SLUICE_TRY_DO(add_operand(step, high));
    return finish(std::move(step), is_not);
  }

  Result<void> finish(Step step, bool is_not) {
    made_.steps_.push_back(std::move(step));
    if (is_not) {
      emit(Operation::logical_not);
    }
    return {};
  }

  std::vector<Token> tokens_;
  std::span<const Column> keys_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  PartitionExpression made_;
};

Result<PartitionExpression> PartitionExpression::parse(std::string_view text,
                                                       std::span<const Column> keys) {
  SLUICE_TRY(tokens, read_tokens(text));
  return ExpressionParser(std::move(tokens), keys).parse();
}

std::optional<bool> PartitionExpression::test(const Step& step, std::string_view value) {
  const bool is_null = value == null_partition_value;
  if (step.operation == Operation::is_null) {
    return is_null;
  }
  if (is_null) {
    return std::nullopt;
  }
  if (step.operation == Operation::like) {
    return is_like(value, step.pattern);
  }
  const auto typed = TypedValue::read(step.kind, value);
  if (!typed) {
    return std::nullopt;
  }
  const auto& operands = step.operands;
  switch (step.operation) {
    case Operation::equal:
      return *typed == operands[0];
    case Operation::not_equal:
      return *typed != operands[0];
    case Operation::less:
      return *typed < operands[0];
    case Operation::less_or_equal:
      return *typed <= operands[0];
    case Operation::greater:
      return *typed > operands[0];
    case Operation::greater_or_equal:
      return *typed >= operands[0];
    case Operation::between:
      return operands[0] <= *typed && *typed <= operands[1];
    case Operation::in:
      return std::find(operands.begin(), operands.end(), *typed) != operands.end();
    case Operation::like:
    case Operation::is_null:
    case Operation::logical_not:
    case Operation::logical_and:
    case Operation::logical_or:
      break;
  }
  SLUICE_CHECK(false);
  return std::nullopt;
}

bool PartitionExpression::matches(std::span<const std::string> values) const {
  std::vector<std::optional<bool>> stack;
  for (const Step& step : steps_) {
    if (step.operation == Operation::logical_not) {
      stack.back() = stack.back() ? std::optional(!*stack.back()) : std::nullopt;
      continue;
    }
    if (step.operation == Operation::logical_and || step.operation == Operation::logical_or) {
      // The value that decides alone, whatever the other side is.
      const bool decisive = step.operation == Operation::logical_or;
      const std::optional<bool> right = stack.back();
      stack.pop_back();
      std::optional<bool>& left = stack.back();
      if (left == decisive || right == decisive) {
        left = decisive;
      } else if (!left || !right) {
        left = std::nullopt;
      }
      continue;
    }
    SLUICE_CHECK(step.key < values.size());
    stack.push_back(test(step, values[step.key]));
  }
  SLUICE_CHECK(stack.size() == 1);
  return stack.back().value_or(false);
}

}  // namespace sluice::catalog
