#include "ai_trading/venue/auction_crowd.hpp"

#include <algorithm>

#include "ai_trading/venue/flow_market.hpp"
#include "ai_trading/venue/flow_stage.hpp"

namespace ai_trading::venue {

using matching::NewOrder;

namespace {

constexpr std::uint64_t kStream =
    0x61'75'63'74'69'6f'6e;  // beside the model's own draws
constexpr double kAtTheMarket = 0.6;
constexpr std::uint64_t kNear = 5;  // steps
constexpr std::uint64_t kFar = 10;
constexpr double kTurns = 0.1;
constexpr Nanos kLastHour = rules::minutes(60);

}  // namespace

AuctionCrowd::AuctionCrowd(FlowStage& stage, const FlowSettings& settings)
    : stage_(stage) {
  Rng rng(settings.seed ^ kStream);
  for (std::size_t i = 0; i < settings.symbols.size(); ++i)
    stocks_.push_back({rng.split()});
}

NewOrder AuctionCrowd::limited(std::uint32_t symbol, std::uint64_t steps) {
  Rng& rng = stocks_[symbol].rng;
  NewOrder order;
  order.instrument = symbol;
  order.side = rng.chance(0.5) ? Side::buy : Side::sell;
  order.quantity = Lots{100 * (1 + static_cast<std::int64_t>(rng.below(10)))};
  const std::int64_t step = stage_.symbol(symbol).step.n;
  const std::int64_t around = stage_.market()->last(symbol).n / step;
  const auto away = static_cast<std::int64_t>(rng.below(2 * steps + 1)) -
                    static_cast<std::int64_t>(steps);
  order.price = Ticks{std::max<std::int64_t>(around + away, 1) * step};
  return order;
}

void AuctionCrowd::send(std::uint32_t symbol, TimeInForce until) {
  NewOrder order = limited(symbol, kNear);
  order.time_in_force = until;
  if (stocks_[symbol].rng.chance(kAtTheMarket)) order.type = OrderType::market;
  (void)stage_.send_to_auction(order);
}

void AuctionCrowd::send_to_open(std::uint32_t symbol) {
  send(symbol, TimeInForce::at_the_open);
}

void AuctionCrowd::send_to_close(std::uint32_t symbol) {
  send(symbol, TimeInForce::at_the_close);
}

void AuctionCrowd::turn(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  if (!s.rng.chance(kTurns)) return;
  s.called.push_back(stage_.send_to_auction(limited(symbol, kFar)));
}

void AuctionCrowd::leave(std::uint32_t symbol) {
  for (const OrderId id : stocks_[symbol].called)
    if (stage_.books().order(id)) (void)stage_.cancel(id);
  stocks_[symbol].called.clear();
}

std::vector<AuctionCrowd::Arrival> AuctionCrowd::closing_arrivals(
    const FlowSettings& settings) {
  std::vector<Arrival> arrivals;
  const Nanos last =
      settings.rules->market.on_close_until.n > 0
          ? settings.rules->market.midnight + settings.rules->market.on_close_until
          : settings.close;
  const Nanos first = std::max(settings.open, settings.close - kLastHour);
  if (first >= last) return arrivals;
  const auto span = static_cast<std::uint64_t>((last - first).n);
  for (std::uint32_t i = 0; i < stocks_.size(); ++i) {
    for (std::uint32_t n = settings.rules->closing; n > 0; --n)
      arrivals.push_back(
          {first + Nanos{static_cast<std::int64_t>(stocks_[i].rng.below(span))}, i});
  }
  std::ranges::stable_sort(arrivals, {}, &Arrival::at);
  return arrivals;
}

}  // namespace ai_trading::venue
