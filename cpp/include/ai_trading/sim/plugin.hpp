// Strategies out of shared libraries, by path.
//
// A library is taken only if it was made for this interface: one that lacks the symbol,
// speaks another version or was compiled against other record layouts is refused before
// any of its code runs but the one call that hands over its Plugin (and what its static
// objects do).  A library is code: load what you trust.
//
// Threads     load and make in one thread at a time; instances are independent.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "ai_trading/sim/strategy_abi.hpp"

namespace ai_trading::sim {

// What is wrong with a library or with the parameters of its strategy.
struct PluginError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Parameter =
    std::pair<std::string, std::variant<std::int64_t, double, std::string, bool>>;

// A strategy that came from a library, which stays loaded as long as it lives.
class PluginStrategy {
 public:
  [[nodiscard]] const abi::Calls& calls() const { return plugin_->calls; }
  [[nodiscard]] void* self() const { return self_.get(); }

 private:
  friend class Plugin;
  PluginStrategy(std::shared_ptr<void> library, const abi::Plugin* plugin, void* self)
      : library_(std::move(library)), plugin_(plugin), self_(self, plugin->destroy) {}

  std::shared_ptr<void> library_;
  const abi::Plugin* plugin_;
  std::unique_ptr<void, void (*)(void*)> self_;
};

class Plugin {
 public:
  // Throws PluginError where there is no such file, or it is not a library with a
  // strategy for this interface.
  static Plugin load(const std::string& path);

  // The class of its strategy.
  [[nodiscard]] std::string name() const { return plugin_->name; }
  [[nodiscard]] std::string built() const { return plugin_->built; }

  // Throws PluginError where a parameter is unknown or of another kind than the strategy
  // asks for, or the strategy refuses to be made.
  [[nodiscard]] PluginStrategy make(std::span<const Parameter> parameters) const;

 private:
  Plugin(std::string path, std::shared_ptr<void> library, const abi::Plugin* plugin)
      : path_(std::move(path)), library_(std::move(library)), plugin_(plugin) {}

  std::string path_;
  std::shared_ptr<void> library_;
  const abi::Plugin* plugin_;
};

}  // namespace ai_trading::sim
