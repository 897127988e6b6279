// The smallest program that needs the installed headers and the installed library.
#include <cstdio>

#include "ai_trading/base/money.hpp"
#include "ai_trading/base/units.hpp"

int main() {
  using namespace ai_trading;

  const auto value = notional(Ticks{1'500'000}, Lots{100});  // 150.00 in ticks of 1e-4
  if (!value) return 1;

  const Money money = from_nano(value->n * (kNano / 10'000));
  const std::string text = to_string(money);
  std::printf("100 x 150.00 = %s\n", text.c_str());
  return text == "15000" ? 0 : 1;
}
