// Sends one kind of order after the other; two strategies in Python do the same.
#include <array>

#include "ai_trading/sim/strategy.hpp"

using namespace ai_trading;

class TermsProbe final : public sim::Strategy {
 public:
  explicit TermsProbe(const Parameters& given)
      : kind_(given.whole("kind", 0)), size_(given.whole("size", 3)) {}

  void on_start() override { subscribe_all({.bars = true, .book_every = 7}); }
  void on_book(const feed::Quote& q) override { step(q.instrument); }
  void on_bar(const feed::Bar& bar) override { step(bar.instrument); }

  void on_order(const desk::OrderRecord& o) override {
    mix(o.status + o.reason + o.quantity + o.price +
        static_cast<std::int64_t>(o.order_id));
  }
  void on_fill(const desk::FillRecord& f) override {
    mix(f.price + f.quantity + f.position + f.liquidity);
  }

 private:
  void mix(std::int64_t seen) {
    constexpr std::int64_t kPrime = 1'000'003;
    seen_ = (seen_ * 31 + (seen % kPrime + kPrime) % kPrime) % kPrime;
  }

  void change(const sim::Change& wanted) {
    mix(static_cast<std::int64_t>(modify(last_, wanted) == Reject::none));
  }
  void step(InstrumentIndex instrument) {
    const auto known = price(instrument);
    if (!known) return;
    ++sent_;
    const std::int64_t p = known->n;
    const std::int64_t s = sent_ % 2 == 0 ? 1 : -1;
    const Lots q{size_ + seen_ % 3};
    const Nanos soon{now().n + 150'000'000'000};
    const auto at = [p, s](std::int64_t away) { return Ticks{p + s * away}; };
    sim::Order o;
    o.instrument = instrument;
    o.side = s > 0 ? Side::buy : Side::sell;
    o.quantity = q;
    switch (kind_) {
      case 0:
        o.stop = at(1);
        break;
      case 1:
        o.limit = at(3);
        o.stop = at(1);
        break;
      case 2:
        o.trail = Ticks{2};
        break;
      case 3:
        o.trail_points = 2;
        break;
      case 4:
        o.stop = at(1);
        o.trigger = sim::Trigger::bid_ask;
        break;
      case 5:
        o.stop = at(1);
        o.trigger = sim::Trigger::mid;
        break;
      case 6:
        o.limit = at(-1);
        o.post_only = sim::PostOnly::refuse;
        break;
      case 7:
        o.limit = at(2);
        o.post_only = sim::PostOnly::slide;
        break;
      case 8:
        o.limit = at(-1);
        o.display = Lots{2};
        break;
      case 9:
        o.limit = at(1);
        o.hidden = true;
        break;
      case 10:
        o.peg = sim::Peg::primary;
        o.offset = Ticks{1};
        break;
      case 11:
        o.peg = sim::Peg::midpoint;
        o.limit = at(2);
        break;
      case 12:
        o.peg = sim::Peg::market;
        o.offset = Ticks{-1};
        break;
      case 13:
        o.limit = at(2);
        o.time_in_force = TimeInForce::fok;
        break;
      case 14:
        o.limit = at(-1);
        o.expires = soon;
        break;
      case 15:
        (void)bracket(o, {.take_profit = at(6), .stop_loss = at(-6)});
        return;
      case 16:
        o.limit = at(1);
        (void)bracket(
            o, {.take_profit = at(8), .stop_loss = at(-5), .stop_limit = at(-7)});
        return;
      case 17:
        if (last_ != 0 && sent_ % 3 == 0) {
          mix(static_cast<std::int64_t>(
              modify(last_, sim::Change{.quantity = Lots{q.n + 1}, .stop = Ticks{p}}) ==
              Reject::none));
          return;
        }
        o.stop = at(9);
        last_ = submit(o);
        return;
      case 18:
        o.limit = at(1);
        o.time_in_force = TimeInForce::at_the_close;
        break;
      case 19:
        o.stop = at(1);
        o.expires = soon;
        break;
      case 20: {
        const std::int64_t held = position(instrument).n;
        if (held == 0) {
          (void)submit(o);
          return;
        }
        const std::int64_t t = held > 0 ? 1 : -1;
        (void)protect(instrument,
                      {.take_profit = Ticks{p + t * 2}, .stop_loss = Ticks{p - t * 2}});
        return;
      }
      case 21:
        o.limit = at(2);
        o.minimum = Lots{2};
        break;
      case 22:
        o.limit = at(2);
        o.all_or_none = true;
        break;
      case 23:
        o.limit = at(1);
        o.hidden = true;
        o.minimum = Lots{2};
        break;
      case 24:
        o.quantity = Lots{100 * q.n};
        o.market_to_limit = true;
        break;
      case 25:
        o.limit = at(-1);
        o.time_in_force = TimeInForce::gtc;
        break;
      case 26:
        if (last_ != 0 && sent_ % 3 == 0) {
          change({.display = Lots{1 + sent_ % 4}});
          return;
        }
        o.limit = at(-1);
        o.display = Lots{2};
        last_ = submit(o);
        return;
      case 27:
        if (last_ != 0 && sent_ % 3 == 0) {
          change({.limit = at(4), .offset = Ticks{2}});
          return;
        }
        o.peg = sim::Peg::primary;
        o.offset = Ticks{1};
        last_ = submit(o);
        return;
      case 28: {
        if (last_ != 0) mix(stop_price(last_).value_or(Ticks{7}).n);
        o.trail = Ticks{2};
        last_ = submit(o);
        return;
      }
      default:
        return;
    }
    (void)submit(o);
  }

  std::int64_t kind_, size_;
  std::int64_t seen_{}, sent_{};
  OrderId last_{};
};

AI_TRADING_STRATEGY(TermsProbe)
