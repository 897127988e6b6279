#include "ai_trading/feed/itch.hpp"

namespace ai_trading::feed::itch {

std::optional<Message> parse(std::span<const std::byte> body) {
  std::optional<Message> message;
  if (body.empty()) return message;
  const auto letter = std::to_integer<char>(body[0]);
  for_each_type([&]<class M>(std::type_identity<M>) {
    if (letter == M::kType && body.size() == length_of<M>) {
      message = read<M>(body.data());
    }
  });
  return message;
}

void append(std::vector<std::byte>& out, const Message& message) {
  std::visit([&](const auto& m) { append(out, m); }, message);
}

}  // namespace ai_trading::feed::itch
