#include "ai_trading/sim/plugin.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "ai_trading/sim/crew.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "places.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::sim {
namespace {

using testing_places::kPlugins;

std::string library(const std::string& name) {
  return std::string(kPlugins) + "/" + name + ".so";
}

// What is said when a library is refused.
std::string refusal(const std::string& path) {
  try {
    (void)Plugin::load(path);
  } catch (const PluginError& error) {
    return error.what();
  }
  return "it was taken";
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Plugin, ALibraryThatIsNotOneIsRefusedWithTheReason) {
  EXPECT_TRUE(says(refusal("nowhere.so"), "does not exist"));
  EXPECT_TRUE(says(refusal(kPlugins), "is no file"));

  const std::string text = testing::TempDir() + "no_library.so";
  std::ofstream(text) << "not a library";
  EXPECT_TRUE(says(refusal(text), "is no shared library that this process can load"));
}

TEST(Plugin, ALibraryWithoutTheSymbolIsRefused) {
  const std::string said = refusal(library("no_symbol"));
  EXPECT_TRUE(says(said, "has no symbol ai_trading_strategy")) << said;
  EXPECT_TRUE(says(said, "AI_TRADING_STRATEGY(YourClass)")) << said;
}

TEST(Plugin, AnotherVersionIsRefused) {
  const std::string said = refusal(library("other_version"));
  EXPECT_TRUE(says(said, "was built for version 4")) << said;
  EXPECT_TRUE(says(said, "this is version 3")) << said;
}

TEST(Plugin, AnotherLayoutIsRefused) {
  const std::string said = refusal(library("other_layout"));
  EXPECT_TRUE(says(said, "records of another layout")) << said;
}

std::vector<feed::Event> market() {
  std::vector<feed::Event> events;
  for (std::uint64_t i = 1; i <= 400; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    const Side side = i % 2 == 0 ? Side::buy : Side::sell;
    const std::int64_t price = side == Side::buy ? 100 - n % 5 : 102 + n % 5;
    feed::Event e = venue::add(i, side, price, 300);
    e.timestamp = n * 10;
    events.push_back(e);
    if (i > 20 && i % 3 == 0) {
      feed::Event x = venue::executed(i - 15, 300);
      x.timestamp = n * 10 + 5;
      events.push_back(x);
    }
  }
  return events;
}

struct Outcome {
  std::size_t fills{};
  std::uint64_t hash{};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome run(const Plugin& plugin, std::span<const Parameter> given) {
  const auto events = market();
  Settings settings;
  settings.cash = from_nano(1'000'000 * kNano);
  settings.limits = {risk::Limits{}};
  OrderSession session({Instrument{}}, settings, {});
  Crew crew(session, {"ACME"});
  const PluginStrategy made = plugin.make(given);
  crew.seat(0, plugin.name(), made.calls(), made.self());
  session.feed(events);
  session.finish_feed();
  while (session.run(100, crew) == Progress::more) {
  }
  return {session.desk().fills().size(), session.state_hash()};
}

TEST(Plugin, TheExampleTradesAndEveryInstanceStartsAnew) {
  const Plugin maker = Plugin::load(library("maker"));
  EXPECT_EQ(maker.name(), "Maker");

  const Outcome one = run(maker, {});
  EXPECT_GT(one.fills, 3U);
  EXPECT_EQ(run(maker, {}), one);

  const std::vector<Parameter> smaller{{"size", std::int64_t{1}}};
  EXPECT_NE(run(maker, smaller), one);
}

TEST(Plugin, TheOtherExamplePutsAStopUnderWhatItHolds) {
  const Plugin guarded = Plugin::load(library("guarded"));
  const std::vector<Parameter> close{{"risk", std::int64_t{1}}};

  EXPECT_GT(run(guarded, close).fills, 3U);
  EXPECT_NE(run(guarded, close), run(guarded, {}));
}

TEST(Plugin, ThoseOfEarlierVersionsStillRun) {
  static_assert(sizeof(void*) != 8 || abi::kFirstLayout == 0x9edd'1985'25af'dfc2);
  static_assert(sizeof(void*) != 8 || abi::kSecondLayout == 0xc948'e016'a2de'e1f9);
  const Plugin second = Plugin::load(library("second"));
  EXPECT_EQ(second.name(), "Second");
  EXPECT_EQ(run(second, {}).fills, 2U);  // its slices

  const Plugin older = Plugin::load(library("older"));

  EXPECT_EQ(older.name(), "Older");
  EXPECT_EQ(run(older, {}).fills, 1U);
}

TEST(Plugin, InstancesRunInThreads) {
  const Plugin maker = Plugin::load(library("maker"));
  const Outcome alone = run(maker, {});
  Outcome first, second;

  std::thread a([&] { first = run(maker, {}); });
  std::thread b([&] { second = run(maker, {}); });
  a.join();
  b.join();

  EXPECT_EQ(first, alone);
  EXPECT_EQ(second, alone);
}

std::string making(const Plugin& plugin, const std::vector<Parameter>& given) {
  try {
    (void)plugin.make(given);
  } catch (const PluginError& error) {
    return error.what();
  }
  return "it was made";
}

TEST(Plugin, ParametersAreChecked) {
  const Plugin maker = Plugin::load(library("maker"));

  EXPECT_TRUE(says(making(maker, {{"siez", std::int64_t{1}}}),
                   "Maker without a parameter siez; it has size, max_position"));
  EXPECT_TRUE(says(making(maker, {{"size", 1.5}}), "size must be a whole number"));
  EXPECT_TRUE(says(making(maker, {{"size", std::string("big")}}),
                   "size must be a whole number"));
  EXPECT_TRUE(says(making(maker, {{"size", std::int64_t{0}}}),
                   "refused to make Maker: size must be 1 or more"));
}

TEST(Plugin, WhatItThrowsEndsTheRunAndNotTheProcess) {
  const Plugin fails = Plugin::load(library("fails"));
  const auto words = [&](const char* how) -> std::string {
    try {
      (void)run(fails, std::vector<Parameter>{{"how", std::string(how)}});
    } catch (const StrategyFailed& error) {
      return error.what();
    } catch (const PluginError& error) {
      return error.what();
    }
    return "nothing";
  };

  EXPECT_TRUE(says(words("throw"), "strategy Fails ended the run: on purpose"));
  EXPECT_TRUE(says(words("int"), "no std::exception"));
  EXPECT_TRUE(says(words("instrument"), "the run has no instrument 7; it has 1"));
  EXPECT_TRUE(says(words("make"), "refused to make Fails: it will not be made"));
}

}  // namespace
}  // namespace ai_trading::sim
