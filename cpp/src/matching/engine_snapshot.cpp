// The whole engine as bytes: a header (magic, version, length, checksum), then counters,
// accounts, and for each instrument its facts and its orders in the order of their queues.
//
// Whole numbers as they lie in memory: little-endian machines read each other's.
#include <cstring>
#include <type_traits>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/matching/engine_state.hpp"

namespace ai_trading::matching {

namespace {

constexpr std::uint64_t kMagic = 0x31'68'63'74'61'6d'74'61;  // "atmatch1"
constexpr std::uint64_t kVersion = 1;

struct Header {
  std::uint64_t magic, version, length, checksum;
};

std::uint64_t checksum(std::span<const std::byte> bytes) {
  Digest digest;
  digest.mix(std::uint64_t{bytes.size()});
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    digest.mix(word);
  }
  return digest.value();
}

class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : out_(&out) {}

  template <class T>
  void operator()(const T& value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    out_->insert(out_->end(), from, from + sizeof(T));
  }

 private:
  std::vector<std::byte>* out_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
  void operator()(T& value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    if (bytes_.size() < sizeof(T)) {
      whole_ = false;
      value = T{};
      return;
    }
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_ = bytes_.subspan(sizeof(T));
  }
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
  bool whole_ = true;
};

// Every field once, for writing and for reading alike.
template <class Visit, class X>
void each_field(Visit& visit, X& x) {
  auto& t = x.terms;
  visit(t.display.n);
  visit(t.display_random.n);
  visit(t.minimum.n);
  visit(t.stop.n);
  visit(t.trail);
  visit(t.offset.n);
  visit(t.expire_at.n);
  visit(t.trigger);
  visit(t.trail_by);
  visit(t.peg);
  visit(t.self_trade);
  visit(t.all_or_none);
  visit(t.slide);
  visit(x.stamp);
  visit(x.reserve);
  visit(x.price.n);
  visit(x.trail_from.n);
  visit(x.owner);
  visit(x.peaks);
  visit(x.side);
  visit(x.type);
  visit(x.time_in_force);
  visit(x.where);
  visit(x.met);
}

template <class Visit, class M>
void each_fact(Visit& visit, M& m) {
  visit(m.state);
  visit(m.auction);
  visit(m.traded);
  visit(m.last.n);
  visit(m.reference.n);
}

template <class Visit, class S>
void each_special_fact(Visit& visit, S& s) {
  visit(s.said.instrument);
  visit(s.said.price.n);
  visit(s.said.volume.n);
  visit(s.said.imbalance.n);
  visit(s.settings.increment.n);
  visit(s.settings.allocation);
  visit(s.settings.least_share.n);
  visit(s.band_low.n);
  visit(s.band_high.n);
  visit(s.banded);
}

}  // namespace

std::vector<std::byte> EngineState::snapshot() const {
  std::vector<std::byte> out(sizeof(Header));
  Writer write(out);
  write(matches_);
  write(stamps_);
  write(seed_);
  write(now_.n);
  write(std::uint64_t{accounts_.size()});
  for (const KnownAccount& known : accounts_) {
    write(known.owner);
    write(known.account.group);
    write(known.account.self_trade);
  }
  const auto write_order = [&](Handle h) {
    const Entry& e = store_.at(h);
    const OrderView v = view(h);
    write(std::uint64_t{e.name});
    write(e.quantity);
    write(v.side);
    write(v.price.n);
    write(v.owner);
    write(is_special(e.mark));
    if (is_special(e.mark)) each_field(write, store_.extra(e));
    return true;
  };
  write(std::uint64_t{store_.instruments()});
  for (InstrumentIndex i = 0; i < store_.instruments(); ++i) {
    const Market& m = store_.known(i);
    each_fact(write, m);
    write(m.special != nullptr);
    if (m.special) {
      // Calm trades are not noted: where there were no others, only the last one counts.
      const Special& s = *m.special;
      write(s.stops_stale ? s.high.n : m.last.n);
      write(s.stops_stale ? s.low.n : m.last.n);
      each_special_fact(write, s);
    }
    std::uint64_t orders = 0;
    const auto count = [&](Handle) {
      ++orders;
      return true;
    };
    for (const Side side : {Side::buy, Side::sell}) for_each_shown(i, side, count);
    for_each_unshown(i, count);
    write(orders);
    for (const Side side : {Side::buy, Side::sell})
      for_each_shown(i, side, write_order);
    for_each_unshown(i, write_order);
  }
  const auto payload = std::span<const std::byte>(out).subspan(sizeof(Header));
  const Header header{kMagic, kVersion, payload.size(), checksum(payload)};
  std::memcpy(out.data(), &header, sizeof(Header));
  return out;
}

SnapshotError EngineState::restore(std::span<const std::byte> bytes) {
  Header header{};
  if (bytes.size() < sizeof(Header)) return SnapshotError::not_a_snapshot;
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (header.magic != kMagic) return SnapshotError::not_a_snapshot;
  if (header.version != kVersion) return SnapshotError::version;
  const auto payload = bytes.subspan(sizeof(Header));
  if (payload.size() != header.length || checksum(payload) != header.checksum)
    return SnapshotError::damaged;
  EngineState fresh(store_.max_instruments(), 0);
  const SnapshotError bad = fresh.load(payload);
  if (bad == SnapshotError::none) *this = std::move(fresh);
  return bad;
}

SnapshotError EngineState::load(std::span<const std::byte> payload) {
  Reader read(payload);
  std::uint64_t stamps{}, count{};
  read(matches_);
  read(stamps);
  read(seed_);
  read(now_.n);
  read(count);
  for (std::uint64_t i = 0; i < count && read.whole(); ++i) {
    KnownAccount known{};
    read(known.owner);
    read(known.account.group);
    read(known.account.self_trade);
    remember(known.owner, known.account);
  }
  std::uint64_t instruments{};
  read(instruments);
  if (instruments > store_.max_instruments())
    return SnapshotError::too_many_instruments;
  for (InstrumentIndex i = 0; i < instruments && read.whole(); ++i) {
    Market& m = store_.market(i);
    each_fact(read, m);
    bool has_special{};
    read(has_special);
    Special facts;
    if (has_special) {
      read(facts.high.n);
      read(facts.low.n);
      each_special_fact(read, facts);
    }
    if (m.state != TradingState::continuous) (void)store_.special(m);
    if (has_special) {
      store_.special(m).settings = facts.settings;
      for (PriceLevels& levels : m.shown) levels.set_step(facts.settings.increment.n);
    }
    std::uint64_t orders{};
    read(orders);
    for (std::uint64_t k = 0; k < orders && read.whole(); ++k) {
      std::uint64_t id{};
      std::int64_t quantity{};
      Side side{};
      Ticks price;
      OwnerId owner{};
      bool special{};
      read(id);
      read(quantity);
      read(side);
      read(price.n);
      read(owner);
      read(special);
      if (!special) {
        join_shown(m, store_.take(id, quantity, owner), i, side, price);
        continue;
      }
      Extra saved{};
      each_field(read, saved);
      saved.instrument = i;
      const Handle extra = store_.take_extra();
      const Handle h = store_.take(id, quantity, kSpecial | extra);
      store_.extra(store_.at(h)) = saved;
      if (saved.time_in_force == TimeInForce::gtd) date(saved, id);
      stamps_ = saved.stamp - 1;
      switch (saved.where) {
        case Where::shown:
          join_shown(m, h, i, side, price);
          break;
        case Where::dark:
          place_dark(m, h);
          break;
        case Where::pegged:
          place_pegged(m, h);
          break;
        case Where::waiting:
          place_waiting(m, h);
          break;
        case Where::stop:
          place_stop(m, h);
          store_.extra(store_.at(h)).met = saved.met;
          break;
        case Where::held:
          store_.special(m).held.push_back(h);
          break;
      }
    }
    if (has_special) {
      Special& s = *m.special;
      s.high = facts.high;
      s.low = facts.low;
      s.said = facts.said;
      s.band_low = facts.band_low;
      s.band_high = facts.band_high;
      s.banded = facts.banded;
    }
    set_guard(m);
  }
  stamps_ = stamps;
  return read.whole() && read.empty() ? SnapshotError::none : SnapshotError::damaged;
}

}  // namespace ai_trading::matching
