// How our place in a queue is estimated where only the total at each price is known.
//
// An order joins behind all that is displayed at its price.  What trades there comes off
// the front; what newly joins stands behind us.  The models differ in one question: a
// level shrank by more than what traded, so somebody canceled; before us, or behind?
//
//   risk_averse  behind, until less is left at the price than was ahead.  Never says
//                filled where the totals could show otherwise; late where others cancel.
//   trades       behind, always: only trades bring us forward.  Later still; for sources
//                that show the queue when we join and only trades after it.
//   power        ahead in the expected share f(front) / (f(front) + f(back)), where f(x)
//                is x^exponent and front and back are the quantities before and behind
//                us.  Right on average where canceling falls evenly on the queue
//                (exponent 1); a higher exponent puts it at the longer part.
//   log          the same with f(x) = log(1 + x).
//   sizes        behind where somebody who joined after us had just that size, else
//                ahead.  For sources that tell each change of a level by itself; where
//                one update sums up many, sizes fit by chance and it is too early.
//   front        ahead, always: as early as the totals allow, too early by design.
//   shrink       for quotes without trades: what leaves a level counts as traded, at the
//                front first.  Too early: most of what leaves was canceled.
//   through      no queue: we trade only when the market trades beyond our price.  Late.
//   touch        no queue: every trade at our price serves us.  Far too early.
//
// Between risk_averse and front lies what really happened, if the source is complete.
//
// References  E. Rigtorp, "Estimating order queue position", 2013 (log and power 1);
//             hftbacktest, "Order Fill", the models Log- and PowerProbQueueModel.
// Repeatable  doubles are combined by IEEE operations and the core's own log and exp.
// Cost        a branch on the model for each order of ours at the price that changed;
//             `sizes` keeps a number for each newcomer behind us.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ai_trading/base/units.hpp"

namespace ai_trading::venue {

enum class QueueKind : std::uint8_t {
  risk_averse,
  trades,
  power,
  log,
  sizes,
  front,
  shrink,
  through,
  touch
};

inline constexpr std::array kQueueNames{
    std::pair{QueueKind::risk_averse, std::string_view("risk_averse")},
    std::pair{QueueKind::trades, std::string_view("trades")},
    std::pair{QueueKind::power, std::string_view("power")},
    std::pair{QueueKind::log, std::string_view("log")},
    std::pair{QueueKind::sizes, std::string_view("sizes")},
    std::pair{QueueKind::front, std::string_view("front")},
    std::pair{QueueKind::shrink, std::string_view("shrink")},
    std::pair{QueueKind::through, std::string_view("through")},
    std::pair{QueueKind::touch, std::string_view("touch")}};

[[nodiscard]] constexpr std::optional<QueueKind> queue_kind(std::string_view name) {
  for (const auto& [kind, known] : kQueueNames)
    if (known == name) return kind;
  return std::nullopt;
}

// Where an order of ours stands: what is believed to be before it, and what is needed
// to go on believing well.
struct QueuePlace {
  static constexpr Lots kUnknown{kMaxQuantity};

  Lots ahead;      // `front` rounded up: a part of a lot before us is a lot before us
  double front{};  // a fraction only under power and log
  Lots traded;  // at our price and not yet told by the level, which is about to shrink
  std::vector<std::int64_t> behind;  // sizes that joined after us, only under sizes

  [[nodiscard]] bool known() const { return ahead != kUnknown; }
  void stand_behind(Lots quantity) {
    ahead = quantity;
    front = static_cast<double>(quantity.n);
  }
  void move_up(double by) {
    front = std::max(0.0, front - by);
    ahead = Lots{static_cast<std::int64_t>(std::ceil(front))};
  }
};

struct QueueModel {
  QueueKind kind = QueueKind::risk_averse;
  double exponent = 3.0;                      // of power; above 0
  Lots assumed_ahead = QueuePlace::kUnknown;  // where the source shows no levels at all

  // How much of a trade of `volume` at our price gets past who is before us; none if
  // that is not positive.
  [[nodiscard]] Lots reaching(const QueuePlace& place, Lots volume) const {
    if (kind == QueueKind::touch) return volume;
    if (kind == QueueKind::through) return {};
    return volume - place.ahead;
  }

  // `volume` traded at our price.
  void traded(QueuePlace& place, Lots volume) const;

  // The total at our price went from `before` to `now`.
  void changed(QueuePlace& place, Lots before, Lots now) const;

 private:
  // `canceled` left a level that then held `level`; part of it stood before us.
  void canceled(QueuePlace& place, Lots level, Lots canceled) const;
  [[nodiscard]] double weight(double quantity) const;
};

}  // namespace ai_trading::venue
