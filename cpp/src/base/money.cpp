#include "ai_trading/base/money.hpp"

#include <algorithm>

namespace ai_trading {

std::string to_string(Money m) {
  __extension__ using Unsigned = unsigned __int128;
  const bool negative = m.atto < 0;
  Unsigned rest =
      negative ? -static_cast<Unsigned>(m.atto) : static_cast<Unsigned>(m.atto);

  std::string digits;
  for (int place = 0; place < 18 || rest != 0 || place < 19; ++place) {
    if (place == 18) digits.push_back('.');
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  }
  const auto kept = digits.find_first_not_of('0');
  digits.erase(0, digits[kept] == '.' ? kept + 1 : kept);
  if (negative) digits.push_back('-');
  std::ranges::reverse(digits);
  return digits;
}

}  // namespace ai_trading
