#include "ai_trading/base/digest.hpp"
#include "ai_trading/matching/engine_state.hpp"

namespace ai_trading::matching {

namespace {

void mix_terms(Digest& digest, const Terms& t) {
  for (const std::int64_t n : {t.display.n, t.display_random.n, t.minimum.n, t.stop.n,
                               t.trail, t.offset.n, t.expire_at.n})
    digest.mix(n);
  digest.mix(static_cast<std::uint64_t>(t.trigger) |
             static_cast<std::uint64_t>(t.trail_by) << 8 |
             static_cast<std::uint64_t>(t.peg) << 16 |
             static_cast<std::uint64_t>(t.self_trade) << 24 |
             std::uint64_t{t.all_or_none} << 32 | std::uint64_t{t.slide} << 33);
}

void mix_market(Digest& digest, const Market& m) {
  digest.mix(static_cast<std::uint64_t>(m.state) |
             static_cast<std::uint64_t>(m.auction) << 8 |
             std::uint64_t{m.traded} << 16);
  digest.mix(m.last.n);
  digest.mix(m.reference.n);
  if (!m.special) return;
  const Special& s = *m.special;
  digest.mix(s.band_low.n);
  digest.mix(s.band_high.n);
  digest.mix(std::uint64_t{s.banded});
  digest.mix(s.settings.increment.n);
  digest.mix(s.settings.least_share.n);
  digest.mix(static_cast<std::uint64_t>(s.settings.allocation));
}

}  // namespace

std::uint64_t EngineState::state_hash() const {
  Digest digest;
  digest.mix(matches_);
  digest.mix(stamps_);
  digest.mix(seed_);
  for (const KnownAccount& known : accounts_) {
    digest.mix(std::uint64_t{known.owner} << 32 | known.account.group);
    digest.mix(static_cast<std::uint64_t>(known.account.self_trade));
  }
  const auto mix = [&](Handle h) {
    const Entry& e = store_.at(h);
    digest.mix(e.name);
    digest.mix(e.quantity);
    digest.mix(std::uint64_t{owner_of(e)});
    if (!is_special(e.mark)) return true;
    const Extra& x = store_.extra(e);
    digest.mix(x.stamp);
    digest.mix(x.reserve);
    digest.mix(x.price.n);
    digest.mix(x.trail_from.n);
    digest.mix(static_cast<std::uint64_t>(x.peaks) |
               static_cast<std::uint64_t>(x.where) << 32 |
               static_cast<std::uint64_t>(x.side) << 40 |
               static_cast<std::uint64_t>(x.type) << 48 |
               static_cast<std::uint64_t>(x.time_in_force) << 56);
    digest.mix(std::uint64_t{x.met});
    mix_terms(digest, x.terms);
    return true;
  };
  for (InstrumentIndex i = 0; i < store_.instruments(); ++i) {
    const Market& m = store_.known(i);
    const bool blank = !m.special && !m.traded && m.reference.n == 0 &&
                       m.shown[0].empty() && m.shown[1].empty();
    if (blank) continue;  // an instrument that was only asked for
    digest.mix(std::uint64_t{i});
    mix_market(digest, m);
    for (const Side side : {Side::buy, Side::sell}) {
      const PriceLevels& levels = m.shown[static_cast<std::size_t>(side)];
      for (Key key = levels.best_key(); key != kNoKey; key = levels.below(key)) {
        digest.mix(key);
        const Handle level = levels.find(key);
        for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next)
          (void)mix(h);
      }
    }
    for_each_unshown(i, mix);
  }
  return digest.value();
}

}  // namespace ai_trading::matching
