// Tells the stories of tests/scenarios/market to a whole market.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "ai_trading/venue/market.hpp"
#include "matching/story.hpp"
#include "places.hpp"

namespace ai_trading::venue {
namespace {

using matching::Words;

constexpr std::array<std::string_view, 8> kPhases{
    "closed",           "pre_open",        "opening_auction", "continuous",
    "intraday_auction", "closing_auction", "halted",          "reopening_auction"};
constexpr std::array<std::string_view, 4> kHalts{"none", "luld", "market_wide",
                                                 "regulatory"};

std::string clock_of(Nanos at) {
  const std::int64_t whole = at.n / 1'000'000;
  const auto part = [&](std::int64_t unit, std::int64_t most) {
    return static_cast<int>(whole / unit % most);
  };
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%02d:%02d:%02d.%03d", part(3'600'000, 24),
                part(60'000, 60), part(1000, 60), part(1, 1000));
  std::string text(out.data());
  return text.ends_with(".000") ? text.substr(0, 8) : text;
}

Nanos time_of(const std::string& word) {
  int hours = 0;
  int minutes = 0;
  double seconds = 0.0;
  if (std::sscanf(word.c_str(), "%d:%d:%lf", &hours, &minutes, &seconds) < 2)
    throw std::invalid_argument("no time: " + word);
  return rules::clock_time(hours, minutes) +
         Nanos{static_cast<std::int64_t>(seconds * 1e3 + 0.5) * 1'000'000};
}

struct MarketTeller : matching::Teller {
  const Market<MarketTeller>* market{};

  static std::string on(InstrumentIndex i) {
    return i == 0 ? "" : " instrument " + std::to_string(i);
  }
  [[nodiscard]] std::string now() const { return clock_of(market->now()) + ' '; }

  void state_changed(const matching::StateChange& change) {
    Teller::state_changed(change);
    lines.back() += on(change.instrument);
  }
  void indicative(const matching::Indicative& now) {
    Teller::indicative(now);
    lines.back() += on(now.instrument);
  }
  void phase_changed(const PhaseChange& c) {
    say(now() + "phase " + matching::name_of(kPhases, c.phase) +
        (c.halt == Halt::none ? "" : ' ' + matching::name_of(kHalts, c.halt)) +
        (c.until == kNever ? "" : " until " + clock_of(c.until)) + on(c.instrument));
  }
  void bands_changed(const BandChange& c) {
    std::string line = now() + "bands";
    if (!c.bands) return say(line + " none" + on(c.instrument));
    line += ' ' + std::to_string(c.bands->lower.n) + ' ' +
            std::to_string(c.bands->upper.n) + " reference " +
            std::to_string(c.reference.n);
    if (c.state == rules::LuldState::limit_up) line += " limit_up";
    if (c.state == rules::LuldState::limit_down) line += " limit_down";
    say(line + on(c.instrument));
  }
  void market_wide(int level, Nanos until) {
    say(now() + "market_wide " + std::to_string(level) +
        (until == kNever ? "" : " until " + clock_of(until)));
  }
};

// The market that the first lines of a story describe.
class Setting {
 public:
  bool take(const Words& words) {
    if (words[0] == "market") {
      for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
        const std::string& value = words[i + 1];
        if (words[i] == "close") {
          terms_ = us_equities(Nanos{0}, time_of(value));
        } else if (words[i] == "index") {
          index_ = std::stoll(value);
        } else if (words[i] == "call") {
          call_ = rules::seconds(std::stoll(value));
        } else if (words[i] == "hours") {
          if (value == "xetra") terms_.timetable = rules::xetra_day();
        } else if (words[i] == "seed") {
          terms_.seed = std::stoull(value);
        } else {
          throw std::invalid_argument("no such word: " + words[i]);
        }
      }
      return true;
    }
    if (words[0] != "list") return false;
    const auto tick = words.at(3) == "0.01" ? 10'000'000 : 100'000;
    const auto tier = words.at(5) == "1" ? rules::Tier::one : rules::Tier::two;
    Listing listing = us_stock(Ticks{std::stoll(words.at(1))}, tier, tick);
    for (std::size_t i = 6; i < words.size(); ++i) {
      if (words[i] == "no_luld") listing.luld = false;
      if (words[i] == "no_collar") listing.collar.clear();
      if (words[i] == "leverage") listing.leverage_percent = std::stoi(words.at(i + 1));
    }
    listings_.push_back(listing);
    return true;
  }
  std::unique_ptr<Market<MarketTeller>> make(MarketTeller& teller) {
    terms_.index_close = index_;
    if (call_) terms_.call = *call_;
    auto market = std::make_unique<Market<MarketTeller>>(teller, terms_, listings_);
    teller.market = market.get();
    return market;
  }

 private:
  MarketTerms terms_ = us_equities(Nanos{0});
  std::vector<Listing> listings_;
  std::int64_t index_{};
  std::optional<Nanos> call_;
};

std::vector<std::string> retell(const std::vector<std::string>& lines, bool restored) {
  Setting setting;
  for (const std::string& line : lines) {
    std::istringstream stream(line);
    const Words words{std::istream_iterator<std::string>(stream), {}};
    if (!words.empty()) (void)setting.take(words);
  }
  MarketTeller teller;
  auto market = setting.make(teller);
  matching::Story story(*market, teller);
  return story.retell(lines, [&](const Words& words) {
    if (restored) {
      // A market that restores the bytes goes on as this one would.
      const auto bytes = market->snapshot();
      const std::uint64_t hash = market->state_hash();
      EXPECT_EQ(market->restore(bytes), MarketSnapshotError::none);
      EXPECT_EQ(market->state_hash(), hash);
      EXPECT_EQ(market->snapshot(), bytes);
    }
    const std::string& verb = words[0];
    const auto instrument = [&] {
      return words.size() > 1 ? static_cast<InstrumentIndex>(std::stoul(words.back()))
                              : InstrumentIndex{0};
    };
    if (verb == "market" || verb == "list") return true;
    if (verb == "at") {
      (void)market->advance(time_of(words.at(1)));
    } else if (verb == "halt") {
      (void)market->halt(instrument());
    } else if (verb == "resume") {
      (void)market->resume(instrument());
    } else if (verb == "index") {
      (void)market->index(std::stoll(words.at(1)));
    } else {
      return false;
    }
    return true;
  });
}

const std::filesystem::path kFolder =
    std::filesystem::path(testing_places::kScenarios) / "market";

class MarketStory : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(MarketStory, IsToldAsWritten) {
  const auto lines = matching::lines_of(GetParam());
  ASSERT_FALSE(lines.empty());
  const auto told = retell(lines, false);
  if (std::getenv("AI_TRADING_WRITE_STORIES") != nullptr) {
    std::ofstream file(GetParam());
    for (const std::string& line : told) file << line << '\n';
    return;
  }
  EXPECT_EQ(told, lines);
}

TEST_P(MarketStory, GoesOnFromASnapshot) {
  const auto lines = matching::lines_of(GetParam());
  EXPECT_EQ(retell(lines, true), lines);
}

INSTANTIATE_TEST_SUITE_P(Stories, MarketStory,
                         testing::ValuesIn(matching::stories_in(kFolder)),
                         [](const auto& story) { return story.param.stem().string(); });

}  // namespace
}  // namespace ai_trading::venue
