#include "ai_trading/venue/queue_model.hpp"

#include "ai_trading/base/rng.hpp"

namespace ai_trading::venue {
namespace {

// Takes `by` off the front of the sizes behind us.
void eat(std::vector<std::int64_t>& behind, std::int64_t by) {
  auto end = behind.begin();
  while (end != behind.end() && by >= *end) by -= *end++;
  if (end != behind.end()) *end -= std::max(std::int64_t{0}, by);
  behind.erase(behind.begin(), end);
}

}  // namespace

void QueueModel::traded(QueuePlace& place, Lots volume) const {
  place.traded = std::min(place.traded + volume, Lots{kMaxQuantity});
  if (!place.known()) return;
  if (kind == QueueKind::sizes && volume > place.ahead)
    eat(place.behind, volume.n - place.ahead.n);
  place.move_up(static_cast<double>(volume.n));
}

void QueueModel::changed(QueuePlace& place, Lots before, Lots now) const {
  const Lots left = before - now;
  if (left.n > 0) {
    const Lots told = std::min(left, place.traded);
    place.traded = {};
    if (place.known() && left > told) canceled(place, before - told, left - told);
  }
  const bool follows = kind != QueueKind::trades || !place.known();
  if (follows && now < place.ahead) place.stand_behind(now);
  if (kind != QueueKind::sizes) return;
  if (before.n == 0) place.behind.clear();  // it comes into view: who they are is lost
  std::int64_t others = now.n - place.ahead.n;
  for (const std::int64_t size : place.behind) others -= size;
  if (others > 0) {
    place.behind.push_back(others);
  } else {
    eat(place.behind, -others);
  }
}

void QueueModel::canceled(QueuePlace& place, Lots level, Lots canceled) const {
  const double gone = static_cast<double>(canceled.n);
  switch (kind) {
    case QueueKind::front:
      place.move_up(gone);
      return;
    case QueueKind::power:
    case QueueKind::log: {
      const double back = std::max(0.0, static_cast<double>(level.n) - place.front);
      const double before_us = weight(place.front);
      const double behind_us = weight(back);
      if (before_us + behind_us <= 0.0) return;
      const double share = before_us / (before_us + behind_us);
      // What those behind us cannot have canceled, those before us have.
      place.move_up(std::max(gone * share, gone - back));
      return;
    }
    case QueueKind::sizes: {
      const auto same = std::ranges::find(place.behind, canceled.n);
      if (same != place.behind.end()) {
        place.behind.erase(same);
      } else if (canceled <= place.ahead) {
        place.move_up(gone);
      }
      return;
    }
    case QueueKind::risk_averse:
    case QueueKind::trades:
    case QueueKind::shrink:
    case QueueKind::through:
    case QueueKind::touch:
      return;
  }
}

double QueueModel::weight(double quantity) const {
  if (quantity <= 0.0) return 0.0;
  if (kind == QueueKind::log) return portable_log(1.0 + quantity);
  return portable_exp(exponent * portable_log(quantity));
}

}  // namespace ai_trading::venue
