// One parent order at work: a state machine that decides about one child at a time.
//
// It reads no clock and sends nothing.  Whoever owns it says what time it is and what the
// market looks like, carries out the action it returns, and tells it what became of the
// child; so simulation and live trading run the very same decisions.
//
// The rules, in words
//   target      a schedule says what shall be done by the end of the present slice (twap,
//               vwap, shortfall, arrival, close), or a share of the volume seen does
//               (pov).  Minimum and maximum participation bend it.
//   placement   the child waits at the touch of its own side for what the target lacks.
//   deviation   it crosses once the parent is behind its schedule, read evenly inside the
//               slice, by more than (1 - urgency) of the slice; pov once its child is
//               (1 - urgency) of an interval old.
//   economy     a waiting child is moved only if the touch has left it behind, at most
//               once per review; it grows only if it is less than half of what is wanted;
//               crossing moves the same child.  Without a two-sided market children are
//               market orders, or rest at the limit.
//   sleep       between reviews that could change nothing the owner may leave it alone,
//               if it says when the touch leaves the child (Rest).
//   refusals    after a refused child the parent waits one review, then two, four ... up
//               to a minute.
//   price       shortfall and arrival with `satiation` b are planned afresh at every
//               slice with the risk aversion of a quadratic utility: lambda b / (b - g),
//               g being the gain so far against the arrival price.  So they hurry after
//               a gain and wait after a loss ("aggressive in the money").
//   end         the child is canceled; `completion` says what happens to the rest.
//   auction     close leaves its part, and what was not done before, for the closing
//               auction: sent at the end, for the close.  Where the venue has none, all
//               is scheduled before the end, and the record says so.
//
// Invariant   filled + working + shortfall = quantity, none negative unless a venue
//             overfilled; filled + working <= maximum participation in the volume seen,
//             as long as there is one; working is the child as large as it may become.
// Cost        decide() is O(1); beginning is O(slices).
#pragma once

#include <optional>
#include <vector>

#include "ai_trading/algo/terms.hpp"
#include "ai_trading/base/pool.hpp"
#include "ai_trading/base/rng.hpp"
#include "ai_trading/schedule/slices.hpp"

namespace ai_trading::algo {

// How long a parent may be left alone, reviews and all, while nobody tells it anything.
struct Rest {
  Nanos until;                // kNever: nothing more comes of itself
  std::optional<Ticks> left;  // or until the touch of its side is better than this
  bool possible{};            // false: it must be asked at every wake()
};

class alignas(64) Worker {
 public:
  // Terms are checked by whoever takes them from outside.
  Worker(ParentId id, const Terms& terms);

  // What to do now.  Until the owner has said what became of it (sent, refused, on_child)
  // it decides nothing more.
  [[nodiscard]] Action decide(Nanos now, const Market& market, const Tape& tape);

  // The child of the last submit has this id.
  void sent(OrderId id);
  // The last action was refused before it went anywhere.
  void refused(Reject reason, Nanos now);
  void on_child(const Child& child, Nanos now);

  // Asks for the end: the child is canceled and the rest reported.
  void cancel() { canceled_ = true; }

  // When it must be asked again at the latest, and at what volume of the tape.
  [[nodiscard]] Nanos wake() const { return wake_; }
  [[nodiscard]] Lots wake_volume() const { return wake_volume_; }
  // What changes nothing in what it decides, and spares most reviews: asked next at the
  // first review at or after the touch has left, counted from the last time it was asked.
  [[nodiscard]] const Rest& rest() const { return rest_; }
  // A touch at which it wants to be asked at once: the I-would price.
  [[nodiscard]] bool tempted(const Market& market) const;

  // Starts loading what the next look at it, or news of its child, will read.
  AI_TRADING_ALWAYS_INLINE void look_ahead() const {
    constexpr std::size_t kRead = 7 * 64;  // up to the rarer terms
    const char* const first = reinterpret_cast<const char*>(this);
    for (std::size_t at = 0; at < kRead; at += 64) __builtin_prefetch(first + at, 1);
  }

  // The same for what that look reads behind these lines, once they are there.
  AI_TRADING_ALWAYS_INLINE void look_further() const {
    __builtin_prefetch(slices_.data() + slice_ + 1);
  }

  [[nodiscard]] ParentId id() const { return id_; }
  // The child at work, 0 where there is none.
  [[nodiscard]] OrderId child() const { return child_; }
  [[nodiscard]] const Terms& terms() const { return terms_; }
  [[nodiscard]] bool done() const { return state_ == State::done; }
  [[nodiscard]] Lots filled() const { return filled_; }
  [[nodiscard]] Lots working() const { return open() + growth_; }
  [[nodiscard]] Lots shortfall() const { return terms_.quantity - filled_ - working(); }
  [[nodiscard]] const std::vector<schedule::Slice>& slices() const { return slices_; }
  [[nodiscard]] std::vector<OrderId> children() const;
  // With a tape, the market's volume of one that still works is up to date.
  [[nodiscard]] WorkRecord record(const Tape* tape = nullptr) const;

 private:
  enum class State : std::uint8_t { waiting, working, finishing, done };
  struct Past {
    OrderId id{};
    Lots filled;
    TickLots value;
  };
  // What should be at work now.
  struct Wish {
    Lots open;
    bool cross{};
    bool steady{};  // until the child, the slice or the window changes
  };

  [[nodiscard]] Action choose(Nanos now, const Market& market, const Tape& tape);
  void begin(const Market& market, const Tape& tape);
  void enter_slice(Nanos now, const Market& market, Lots seen);
  [[nodiscard]] Lots left_for_auction(const Market& market);
  void follow_volume(Nanos now, Lots seen, double level);
  void plan_the_rest(Nanos now, double urgency);
  [[nodiscard]] double gain(const Market& market) const;
  [[nodiscard]] Wish scheduled(Nanos now, const Market& market, Lots seen);
  [[nodiscard]] Wish participating(Nanos now, Lots seen);
  [[nodiscard]] Wish displayed();
  [[nodiscard]] Action place(const Wish& wish, Nanos now, const Market& market);
  [[nodiscard]] Action pursue(Nanos now, const Market& market, Lots seen);
  [[nodiscard]] Action finish(Nanos now, const Market& market, Lots seen);
  [[nodiscard]] Action submit(Ticks price, Lots quantity, OrderType type,
                              TimeInForce time_in_force, Nanos now);
  [[nodiscard]] Action replace(Ticks price, Lots open, Nanos now);
  [[nodiscard]] Action cancel_child();
  [[nodiscard]] Lots within(Lots wanted) const;
  [[nodiscard]] Lots cap(Lots seen) const;
  [[nodiscard]] Lots open() const { return child_quantity_ - child_filled_; }
  [[nodiscard]] Lots lacking() const { return terms_.quantity - filled_; }
  [[nodiscard]] bool has_child() const { return child_quantity_.n > 0; }
  [[nodiscard]] Ticks bounded(Ticks price) const;
  [[nodiscard]] Ticks near(const Market& m) const {
    return terms_.side == Side::buy ? m.bid : m.ask;
  }
  [[nodiscard]] Ticks far(const Market& m) const {
    return terms_.side == Side::buy ? m.ask : m.bid;
  }
  [[nodiscard]] Lots far_quantity(const Market& m) const {
    return terms_.side == Side::buy ? m.ask_quantity : m.bid_quantity;
  }
  void wake_by(Nanos at) {
    wake_ = std::min(wake_, at);
    rest_.until = std::min(rest_.until, at);
  }
  // A look that a resting child does without.
  void review_by(Nanos at) { wake_ = std::min(wake_, at); }
  void lie_down(const Wish& wish, const Market& market);
  void forget_child();
  void back_off(Reject reason, Nanos now);
  void end(Nanos now);

  // By how often it is needed: a thousand of these do not fit the inner cache, so that
  // each look waits for as many lines as it touches.
  Nanos wake_;
  Lots wake_volume_{kMaxQuantity};
  Rest rest_;
  State state_ = State::waiting;
  bool canceled_{};
  bool entered_{};     // the first slice has begun
  bool pending_{};     // an action is on its way
  bool ending_{};      // its end has been asked for
  bool crossed_{};     // the child was sent or moved across
  bool final_{};       // the child is the last attempt
  bool measured_{};    // the tape at the end is recorded
  bool in_auction_{};  // the child waits for the closing auction
  Auction auction_{};
  OrderType child_type_{};
  Reject reason_{};

  OrderId child_{};
  Ticks child_price_;
  Lots child_quantity_;
  Lots child_filled_;
  Lots growth_;  // by which a replace under way makes the child larger
  Lots filled_;
  TickLots filled_value_;
  Nanos pause_;

  Past present_;  // the last child, at hand
  Nanos child_born_, child_moved_;
  Nanos blocked_;  // no new child before it
  Lots last_seen_, last_committed_;

  Tape began_;
  Tape ended_;
  Lots slice_from_, slice_to_;  // what shall be done at its beginning and its end
  Nanos slice_begin_, slice_end_;

  std::vector<Past> past_;  // the children before the present one
  std::vector<schedule::Slice> slices_;
  std::uint32_t slice_{};
  std::uint32_t messages_{};
  ParentId id_;

  Terms terms_;

  Nanos window_end_;
  Lots window_volume_, window_filled_;
  std::int64_t arrival_twice_{};
  Rng rng_;
  Nanos done_;
};

}  // namespace ai_trading::algo
