#include "ai_trading/rules/market_wide.hpp"

#include <stdexcept>
#include <string>

namespace ai_trading::rules {

namespace {

constexpr std::array<std::int64_t, 3> kPercent{7, 13, 20};
constexpr Nanos kHalt = minutes(15);
constexpr Nanos kQuietEnd = minutes(35);  // before the close: 15:25, or 12:25

[[noreturn]] void refuse(const std::string& what, std::int64_t received) {
  throw std::invalid_argument("market-wide breaker: " + what + "; received " +
                              std::to_string(received));
}

}  // namespace

MarketWideBreaker::MarketWideBreaker(const MarketWideSettings& settings)
    : settings_(settings) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  if (settings.previous_close < 1 || settings.previous_close > kMost)
    refuse("previous_close must lie between 1 and 1e12 hundredths",
           settings.previous_close);
  if (settings.open.n < 0 || settings.close > kDay ||
      settings.close - settings.open <= kQuietEnd)
    refuse("the session must last more than 35 minutes within a day",
           (settings.close - settings.open).n);
  for (std::size_t i = 0; i < kPercent.size(); ++i)
    thresholds_[i] = (settings.previous_close * (100 - kPercent[i]) + 50) / 100;
}

std::int64_t MarketWideBreaker::threshold(int level) const {
  if (level < 1 || level > 3) refuse("a level is 1, 2 or 3", level);
  return thresholds_[static_cast<std::size_t>(level - 1)];
}

int MarketWideBreaker::update(Nanos now, std::int64_t value) {
  if (now < now_) refuse("time may not fall from " + std::to_string(now_.n), now.n);
  if (value < 1) refuse("an index value must be positive", value);
  now_ = now;
  if (now <= settings_.open || now >= settings_.close) return 0;
  int reached = 0;
  while (reached < 3 && value <= thresholds_[static_cast<std::size_t>(reached)])
    ++reached;
  if (reached <= level_) return 0;
  if (reached < 3 && now > settings_.close - kQuietEnd) return 0;
  level_ = reached;
  until_ = reached == 3 ? kNever : now + kHalt;
  return reached;
}

}  // namespace ai_trading::rules
