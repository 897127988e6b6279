// How much of a parent shall be at work now.  Compiled with -ffp-contract=off: see
// CMakeLists.txt.
#include <algorithm>
#include <cmath>

#include "ai_trading/algo/worker.hpp"
#include "ai_trading/base/money.hpp"

namespace ai_trading::algo {

namespace {

constexpr std::int64_t kUnit = 1'000'000;
constexpr double kMostAverse = 16.0;  // times the risk aversion; kappa 4 times

// a times b over c, rounded down; c > 0, the result fits.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  std::int64_t product;
  if (!__builtin_mul_overflow(a, b, &product)) return product / c;
  return static_cast<std::int64_t>(Int128{a} * b / c);
}

// Whether c divides a times b, whose quotient is known; what is left of it is less than
// 64 bits hold, whatever the product is.
bool divides(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t quotient) {
  return static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b) ==
         static_cast<std::uint64_t>(quotient) * static_cast<std::uint64_t>(c);
}

bool has_schedule(Algorithm algorithm) {
  return algorithm == Algorithm::twap || algorithm == Algorithm::vwap ||
         algorithm == Algorithm::shortfall || algorithm == Algorithm::arrival ||
         algorithm == Algorithm::close;
}

}  // namespace

void Worker::begin(const Market& market, const Tape& tape) {
  state_ = State::working;
  began_ = tape;
  arrival_twice_ = market.two_sided() ? market.bid.n + market.ask.n : 2 * market.last.n;
  if (!has_schedule(terms_.algorithm)) return;

  schedule::Plan plan;
  plan.quantity = terms_.quantity - left_for_auction(market);
  slice_end_ = terms_.end;
  if (plan.quantity.n == 0) return;
  plan.start = terms_.start;
  plan.end = terms_.end;
  plan.round = terms_.round;
  const std::int64_t span = terms_.end.n - terms_.start.n;
  const std::int64_t most = std::max<std::int64_t>(
      1, plan.quantity.n / std::max(terms_.min_child.n, terms_.round.n));
  std::int64_t slices = terms_.slices > 0 ? static_cast<std::int64_t>(terms_.slices)
                                          : span / terms_.interval.n;
  slices = std::clamp<std::int64_t>(slices, 1, std::min<std::int64_t>(most, 1 << 20));
  plan.slices = static_cast<std::size_t>(slices);
  switch (terms_.algorithm) {
    case Algorithm::vwap:
      slices_ = terms_.forecast ? schedule::vwap(plan, terms_.forecast->curve)
                                : schedule::twap(plan);
      break;
    case Algorithm::shortfall:
    case Algorithm::arrival:
      slices_ = schedule::shortfall(plan, terms_.k);
      break;
    case Algorithm::close:
      slices_ = schedule::closing(plan, terms_.k);
      break;
    default:
      slices_ = schedule::twap(plan, terms_.jitter, terms_.seed);
  }
  slice_begin_ = terms_.start;
  slice_end_ = slices_.size() > 1 ? slices_[1].at : terms_.end;
  slice_to_ = slices_[0].quantity;
}

// What the schedule leaves for the closing auction, in whole rounds.
Lots Worker::left_for_auction(const Market& market) {
  if (terms_.auction == 0) return {};
  if (!market.closing_auction) {
    auction_ = Auction::absent;
    return {};
  }
  const std::int64_t rounds = terms_.quantity.n / terms_.round.n;
  const std::int64_t left = scaled(rounds, terms_.auction, kUnit) * terms_.round.n;
  return terms_.auction == kUnit ? terms_.quantity : Lots{left};
}

// Moves on to the slice of this time; an adaptive one is planned afresh as it begins.
void Worker::enter_slice(Nanos now, const Market& market, Lots seen) {
  if (entered_ && now < slice_end_) return;
  bool moved = !entered_;
  entered_ = true;
  while (slice_ + 1 < slices_.size() && slices_[slice_ + 1].at <= now) {
    ++slice_;
    slice_from_ = slice_to_;
    slice_to_ += slices_[slice_].quantity;
    slice_begin_ = slices_[slice_].at;
    slice_end_ = slice_ + 1 < slices_.size() ? slices_[slice_ + 1].at : terms_.end;
    moved = true;
  }
  if (!moved) return;
  const bool follows =
      terms_.adaptive && terms_.forecast && terms_.forecast->session > 0.0;
  const double level = follows ? terms_.forecast->level(terms_.start, terms_.end, now,
                                                        static_cast<double>(seen.n))
                               : 1.0;
  if (terms_.algorithm == Algorithm::vwap) {
    if (follows) follow_volume(now, seen, level);
  } else if (terms_.algorithm == Algorithm::shortfall ||
             terms_.algorithm == Algorithm::arrival) {
    // Impact as deep as today's volume says: eta goes with one over volume.  Risk
    // aversion as the gain so far says.  kappa goes with the root of lambda / eta.
    const double b = terms_.satiation;
    if (!follows && !(b > 0.0)) return;
    double aversion = 1.0;
    if (b > 0.0) aversion = b / std::max(b - gain(market), b / kMostAverse);
    plan_the_rest(now, std::sqrt(level * aversion));
  }
}

// The gain so far against the price at the beginning, of what is done and, at the
// middle, of what is not: a fraction of the whole parent's value then.
double Worker::gain(const Market& market) const {
  if (arrival_twice_ <= 0) return 0.0;
  const double arrival = static_cast<double>(arrival_twice_) * 0.5;
  double middle = arrival;
  if (market.two_sided()) {
    middle = static_cast<double>(market.bid.n + market.ask.n) * 0.5;
  } else if (market.has_last) {
    middle = static_cast<double>(market.last.n);
  }
  const double whole = arrival * static_cast<double>(terms_.quantity.n);
  const double spent =
      static_cast<double>(filled_value_.n) + middle * static_cast<double>(lacking().n);
  return static_cast<double>(sign(terms_.side)) * (whole - spent) / whole;
}

void Worker::follow_volume(Nanos now, Lots seen, double level) {
  const schedule::VolumeForecast& forecast = *terms_.forecast;
  const auto volume = static_cast<double>(seen.n);
  const bool last = slice_ + 1 == slices_.size();
  const auto lots = [&](double share) {
    const double ideal =
        share * static_cast<double>(terms_.quantity.n / terms_.round.n);
    const auto whole = static_cast<std::int64_t>(ideal + 0.5) * terms_.round.n;
    return Lots{std::clamp<std::int64_t>(whole, 0, terms_.quantity.n)};
  };
  // Of all volume of the stretch, the part that has come and will have come.
  const double all = volume + level * forecast.expected(now, terms_.end);
  if (!(all > 0.0)) return;
  const double by_then = volume + level * forecast.expected(now, slice_end_);
  slice_from_ = lots(volume / all);
  slice_to_ = last ? terms_.quantity : lots(std::min(by_then / all, 1.0));
}

// The trajectory from here, so many times as urgent as at the beginning.
void Worker::plan_the_rest(Nanos now, double urgency) {
  const auto left = static_cast<double>(terms_.end.n - now.n);
  const double span = static_cast<double>(terms_.end.n - terms_.start.n);
  const double k = std::min(terms_.k * urgency * left / span, 700.0);
  const double part = static_cast<double>(slice_end_.n - now.n) / left;
  const double share = schedule::shortfall_share(k, part);
  const auto more = static_cast<std::int64_t>(
      share * static_cast<double>(lacking().n / terms_.round.n) + 0.5);
  const bool last = slice_ + 1 == slices_.size();
  slice_from_ = filled_;
  slice_to_ = last ? terms_.quantity
                   : std::min(filled_ + Lots{more * terms_.round.n}, terms_.quantity);
}

Lots Worker::cap(Lots seen) const {
  if (terms_.max_participation <= 0) return terms_.quantity;
  return std::min(terms_.quantity,
                  schedule::participation(seen, terms_.max_participation));
}

Worker::Wish Worker::scheduled(Nanos now, const Market& market, Lots seen) {
  enter_slice(now, market, seen);
  const Lots floor = schedule::participation(seen, terms_.min_participation);
  const Lots most = cap(seen);
  const Lots target = std::min(std::max(slice_to_, floor), most);
  const Lots planned = slice_to_ - slice_from_;
  const std::int64_t length = slice_end_.n - slice_begin_.n;
  const std::int64_t passed =
      std::clamp<std::int64_t>(now.n - slice_begin_.n, 0, length);
  Lots due = slice_from_;
  if (planned.n > 0 && length > 0) due += Lots{scaled(planned.n, passed, length)};
  const Lots band{
      scaled(std::max<std::int64_t>(planned.n, 0), kUnit - terms_.urgency, kUnit)};
  due = std::min(std::max(due, floor), most);

  Wish wish;
  wish.open = target - filled_;
  wish.cross = wish.open.n > 0 &&
               (terms_.urgency >= kUnit || due - filled_ > band || filled_ < floor);
  // When it will be behind by more than the band, if nothing trades until then.
  if (!wish.cross && wish.open.n > 0 && planned.n > 0 && length > 0) {
    const std::int64_t lots = filled_.n + band.n - slice_from_.n + 1;
    const std::int64_t until = lots <= planned.n ? scaled(lots, length, planned.n) : 0;
    const Nanos sharp = slice_begin_ + Nanos{until};
    const Nanos at = sharp + Nanos{1};
    if (lots <= planned.n && at > now) {
      review_by(at);
      // It is behind from that instant on, or from the nanosecond before.
      const bool early = divides(lots, length, planned.n, until) &&
                         (sharp - now).n % terms_.review.n == 0;
      rest_.until = std::min(rest_.until, early ? sharp : at);
    }
  }
  wake_by(std::max(slice_end_, now + Nanos{1}));
  // Volume bends neither target nor pace.
  wish.steady = terms_.min_participation <= 0 && most >= slice_to_;
  if (target < slice_to_) {  // held back by its participation: ask when there is more
    const Lots next = std::max(filled_ + working() + terms_.min_child, most + Lots{1});
    wake_volume_ =
        began_.volume + Lots{scaled(next.n, kUnit, terms_.max_participation) + 1};
  }
  return wish;
}

Worker::Wish Worker::participating(Nanos now, Lots seen) {
  const Lots floor = schedule::participation(seen, terms_.min_participation);
  const Lots most = cap(seen);
  Lots target = std::min(schedule::participation(seen, terms_.rate), most);
  target = std::min(std::max(target, floor), most);
  // Arrears are worked off no faster than the greatest participation in the volume of
  // the present window, whatever was missed before.  A window begins where it was asked
  // last, so that no volume falls between two.
  if (now >= window_end_) {
    window_volume_ = last_seen_;
    window_filled_ = std::min(last_committed_, filled_ + working());
    window_end_ = now + terms_.interval;
  }
  const std::int64_t fastest = std::max(terms_.max_participation, terms_.rate);
  const Lots allowed = window_filled_ + terms_.min_child +
                       schedule::participation(seen - window_volume_, fastest);

  Wish wish;
  wish.open = std::min(target, allowed) - filled_;
  const Nanos patience{scaled(terms_.interval.n, kUnit - terms_.urgency, kUnit)};
  wish.cross = wish.open.n > 0 && (filled_ < floor || terms_.urgency >= kUnit ||
                                   (has_child() && now - child_born_ >= patience) ||
                                   (has_child() && crossed_));
  if (has_child() && child_born_ + patience > now) wake_by(child_born_ + patience);
  wake_by(window_end_);
  wish.steady = terms_.min_participation <= 0;
  // The last review before the window ends says where the next one begins.
  const std::int64_t reviews = (window_end_.n - 1 - now.n) / terms_.review.n;
  if (reviews > 0)
    rest_.until = std::min(rest_.until, now + Nanos{reviews * terms_.review.n});
  const Lots next = filled_ + std::max(open() + open(), terms_.min_child);
  wake_volume_ = began_.volume + Lots{scaled(next.n, kUnit, terms_.rate) + 1};
  return wish;
}

Worker::Wish Worker::displayed() {
  if (has_child()) return {open(), false};
  Lots piece = terms_.display;
  if (terms_.jitter > 0.0) {
    const double drawn = 1.0 + terms_.jitter * (2.0 * rng_.uniform() - 1.0);
    piece = Lots{static_cast<std::int64_t>(static_cast<double>(piece.n) * drawn + 0.5)};
  }
  piece = std::max(Lots{piece.n / terms_.round.n * terms_.round.n}, terms_.round);
  return {std::min(piece, lacking()), false};
}

}  // namespace ai_trading::algo
