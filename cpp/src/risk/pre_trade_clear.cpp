// How an order passes the gate without a closer look.
#include <algorithm>
#include <cstdlib>

#include "ai_trading/risk/clear.hpp"
#include "ai_trading/risk/look_ahead.hpp"
#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {

namespace {

// One of two numbers, without a branch.
class Pick {
 public:
  explicit Pick(bool first) : mask_(-static_cast<std::int64_t>(first)) {}
  [[nodiscard]] std::int64_t operator()(std::int64_t first, std::int64_t second) const {
    return second ^ ((first ^ second) & mask_);
  }

 private:
  std::int64_t mask_;
};

// Between 0 and 2^`bits`.
bool within_bits(std::int64_t n, int bits) {
  return static_cast<std::uint64_t>(n) >> bits == 0;
}

// A division of 32 bits takes half the time of one of 64, or less.
bool multiple(std::int64_t of, std::int64_t step) {
  if (static_cast<std::uint64_t>(of | step) >> 32 == 0)
    return static_cast<std::uint32_t>(of) % static_cast<std::uint32_t>(step) == 0;
  return of % step == 0;
}

constexpr std::int64_t kUpperMost =
    static_cast<std::int64_t>(kMostValue.atto >> 64) - 1;

}  // namespace

// True where it is clear that the order passes; then it is counted as sent.
//
// That an order is clear of a limit is what a processor expects.  Whether it buys, or
// reduces, it cannot foretell, and would have to wait for the name to know: nothing
// branches on that but where a limit is near.
bool Gate::pass(const Intent& order, Name& name, const Bounds& within, Nanos now,
                Counters& by_strategy) {
  if (within.never || !connected_) return false;
  if (!name.plain || !name.marked || name.halted ||
      name.restriction != Restriction::none)
    return false;

  // What is an order, and when.
  if (order.side == Side::none) return false;
  const bool buying = order.side == Side::buy, limited = order.has_limit;
  const std::int64_t quantity = order.quantity.n;
  const std::int64_t mark = name.mark.n;
  const Pick side(buying), asked(limited);
  const std::int64_t price = asked(order.price.n, mark);
  if (!within_bits(quantity - 1, 60) || !within_bits(price, 60)) return false;
  if (name.lot_step > 1 && !multiple(quantity, name.lot_step)) return false;
  if (name.price_step > 1 && limited && !multiple(price, name.price_step)) return false;
  const std::int64_t decided = order.created.n != 0 ? order.created.n : now.n;
  if (!within_bits(now.n | decided | latest_.n | name.mark_at.n, 61)) return false;
  if (latest_.n - now.n > within.tolerance || name.mark_at.n - now.n > within.tolerance)
    return false;
  if (std::abs(decided - now.n) > within.tolerance) return false;
  if (now.n - name.mark_at.n > within.age) return false;

  // How far the position may go on its side: `ahead` without it.
  const std::int64_t most_up = name.position.n + name.buys.n;
  const std::int64_t most_down = name.sells.n - name.position.n;
  const std::int64_t ahead = side(most_up, most_down);
  const std::int64_t reach = ahead + quantity;
  const bool reducing = reach <= 0;
  if (within.flips && ahead < 0 && !reducing) return false;

  // Erroneous prices and sizes, copies, and orders that would meet our own.
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  if (quantity > within.quantity) return false;
  std::int64_t size, marked;  // in ticks times lots
  if (__builtin_mul_overflow(price, quantity, &size)) return false;
  if (__builtin_mul_overflow(mark, quantity, &marked)) return false;
  if ((size | marked) >= kMost) return false;
  const auto unit = static_cast<std::int64_t>(name.unit);
  const auto worth = [unit](std::int64_t of) { return upper(Int128{of} * unit); };
  const std::int64_t value = worth(size);
  if (value >= within.notional) return false;
  if (std::abs(price - mark) > within.collar.of(mark)) return false;
  const std::int64_t low_now = name.low_now.n, low_before = name.low_before.n;
  const std::int64_t high_now = name.high_now.n, high_before = name.high_before.n;
  const std::int64_t from = side(low_now < low_before ? low_now : low_before,
                                 high_now > high_before ? high_now : high_before);
  if (!within_bits(from, 60)) return false;
  if (side(price - from, from - price) > within.window.of(from) && limited)
    return false;
  if (quantity > within.volume.of(name.daily_volume.n)) return false;
  if (within.bands &&
      (!name.banded || side(price, name.band_low.n) > side(name.band_high.n, price)))
    return false;
  constexpr std::int64_t kNoAsk = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kNoBid = std::numeric_limits<std::int64_t>::min();
  if (within.self_trade && side(asked(price, kNoAsk - 1), name.own_bid.n) >=
                               side(name.own_ask.n, asked(price, kNoBid + 1)))
    return false;
  const std::uint64_t fingerprint = fingerprint_of(order);
  if (now.n - name.latest_recent.n <= within.copies && !order.replaces) {
    for (const Recent& recent : name.recent)
      if (recent.mark == fingerprint && now.n - recent.at <= within.copies)
        return false;
  }

  // What only an order that does not reduce is held to.
  const bool locates = name.easy_to_borrow | (reach <= name.located.n);
  const bool rises =
      (!name.price_test) | (name.has_bid & (price > name.bid.n) & limited);
  if (!(locates & rises) && !buying && !reducing && within.short_sale) return false;
  if (reach > within.position && !reducing) return false;

  Counters *sent = &counted_, *paid = sent, *open = sent, *worked = sent;
  if (!within.one_counter) {
    const auto of = [&](Owner owner) -> Counters* {
      return owner == Owner::instrument ? &name.counted
             : owner == Owner::strategy ? &by_strategy
                                        : &counted_;
    };
    sent = of(within.bucket), paid = of(within.to_trade), open = of(within.open);
    worked = of(within.open_value);
  }
  std::int64_t level = 0;
  if (within.rate != 0) {
    if (!within_bits(sent->bucket.at.n, 61)) return false;
    level = sent->bucket.level_at(within.rate, within.full, now);
    if (level < Bucket::kOne && !reducing) return false;
  }
  if ((std::int64_t{paid->messages} + 1 - within.free_messages) * 1000 >
          within.order_to_trade * paid->trades &&
      !reducing)
    return false;
  if (open->open_orders >= within.open_orders && !reducing) return false;
  if (upper(worked->open_notional) + value + 2 > within.open_notional && !reducing)
    return false;

  // What the account would hold if the worst of its open orders executed.
  const std::int64_t up = mark * most_up, down = mark * most_down;
  const std::int64_t before = std::max(std::abs(up), std::abs(down));
  const std::int64_t after = std::max(before, std::abs(side(up, down) + marked));
  const std::int64_t worst = worth(after);
  if (after >= kMost || worst >= kUpperMost || value >= kUpperMost) return false;
  const std::int64_t more = worth(after - before) + 2;
  const std::int64_t gross = upper(exposures_.gross) + more;
  const std::int64_t equity = upper(this->equity());
  const std::int64_t whole = std::clamp<std::int64_t>(equity, 0, kUpperMost);
  // A part of up to 2^43 and a share of up to 1e8 stay within 64 bits; no name, sector,
  // class or group is more than all of them.
  if (gross >= std::int64_t{1} << 42) return false;
  const auto exceeds = [&](std::int64_t part, std::int64_t ppm) {
    return part * 1'000'000 > whole * ppm;
  };
  const auto larger = [&] { return !reducing && after > before; };
  if (gross > within.gross && larger()) return false;
  if (exceeds(gross, within.leverage) && larger()) return false;
  if (exceeds(worst + 1, within.name_share) && larger()) return false;
  if (exceeds(upper(exposures_.sectors[name.sector]) + more, within.sector_share) &&
      larger())
    return false;
  if (exceeds(upper(exposures_.asset_classes[name.asset_class]) + more,
              within.class_share) &&
      larger())
    return false;
  if (exceeds(upper(exposures_.groups[name.group]) + more, within.group_share) &&
      name.group != 0 && larger())
    return false;
  // The margin of what it is more by, its own rounding and two more.
  if (more >= std::int64_t{1} << 35) return false;
  if (within.margin &&
      upper(exposures_.margin) + ((more * name.margin_q20) >> kMarginShift) + 3 >
          equity &&
      larger())
    return false;
  const Int128 by = Int128{marked} * unit;
  if (upper(by) >= kUpperMost) return false;
  const std::int64_t net = side(upper(exposures_.up), -upper(exposures_.down));
  if (net + upper(by) + 2 > within.net && !reducing) return false;
  if (reach > within.liquidation.of(name.daily_volume.n) && !reducing) return false;
  if (within.cash_only && !reducing &&
      (!buying || upper(open_buys_) + value + 2 > upper(cash_)))
    return false;
  if (within.risk) {
    // The book deviates by no more than it does and what the order alone would add, the
    // rounding of each of nine exposures included.
    if (!risk_view_.fresh) risk_view_.take(exposures_);
    const auto amount =
        static_cast<double>(static_cast<std::int64_t>(by >> kRiskShift));
    const double deviation =
        risk_view_.deviation + static_cast<double>(name.deviation) * (amount + 2.0);
    if (!(deviation < within.deviation) && !reducing) return false;
  }

  latest_ = std::max(latest_, now);
  if (within.rate != 0) {
    sent->bucket.level = level - std::min(level, Bucket::kOne);
    sent->bucket.at = std::max(sent->bucket.at, now);
  }
  ++counted_.messages;
  ++by_strategy.messages;
  ++name.counted.messages;
  if (within.duplicates) name.remember({fingerprint, now.n});
  return true;
}

Verdict Gate::judge(const Intent& order, Nanos now) {
  if (order.instrument >= names_.size()) return {Reject::unknown_instrument, {}};
  // A name seldom is in the cache: all that will be read of it is asked for at once.
  Name& name = names_[order.instrument];
  load_for_order(name);
  if (order.strategy >= strategies()) return {Reject::unknown_strategy, {}};
  if (states_.of(order.strategy, order.instrument).mode == Mode::active) [[likely]] {
    const Bounds& within =
        bounds_[places_[order.instrument * strategies() + order.strategy]];
    if (pass(order, name, within, now, by_strategy_[order.strategy]))
      return {Reject::none, order.quantity};
  }
  return judge_exactly(order, now);
}

}  // namespace ai_trading::risk
