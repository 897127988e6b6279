#include "ai_trading/sim/plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace ai_trading::sim {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw PluginError(path + " " + why);
}

const char* word(abi::Kind kind) {
  switch (kind) {
    case abi::Kind::whole:
      return "a whole number";
    case abi::Kind::number:
      return "a number";
    case abi::Kind::text:
      return "a text";
    case abi::Kind::truth:
      return "true or false";
  }
  return "something this version does not know";
}

// The parameters of one strategy while it is made, and what it asked for.
class Given {
 public:
  explicit Given(std::span<const Parameter> rows) : rows_(rows) {}

  [[nodiscard]] abi::Arguments table() {
    return {this,
            [](void* of, const char* name, abi::Kind kind, abi::Value* out) {
              return static_cast<Given*>(of)->find(name, kind, *out);
            },
            [](void* of, const char* why) { static_cast<Given*>(of)->note(why); }};
  }
  [[nodiscard]] const std::string& failure() const { return failure_; }

  // The first name given that nobody asked for; empty where there is none.
  [[nodiscard]] std::string unknown() const {
    for (const Parameter& row : rows_)
      if (std::ranges::find(asked_, row.first) == asked_.end()) return row.first;
    return {};
  }
  [[nodiscard]] std::string known() const {
    std::string out;
    for (const std::string& name : asked_) out += (out.empty() ? "" : ", ") + name;
    return out.empty() ? "none" : out;
  }

 private:
  std::uint32_t find(const char* name, abi::Kind kind, abi::Value& out) {
    if (std::ranges::find(asked_, name) == asked_.end()) asked_.emplace_back(name);
    const auto at = std::ranges::find(rows_, name, &Parameter::first);
    if (at == rows_.end()) return 0;
    const auto& value = at->second;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      out.whole = *whole;
      out.number = static_cast<double>(*whole);
      if (kind == abi::Kind::whole || kind == abi::Kind::number) return 1;
    } else if (const auto* number = std::get_if<double>(&value)) {
      out.number = *number;
      if (kind == abi::Kind::number) return 1;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      out.text = text->c_str();
      if (kind == abi::Kind::text) return 1;
    } else {
      out.whole = std::get<bool>(value) ? 1 : 0;
      if (kind == abi::Kind::truth) return 1;
    }
    note("its parameter " + std::string(name) + " must be " + word(kind));
    return 0;
  }
  void note(const std::string& why) {
    if (failure_.empty()) failure_ = why;
  }

  std::span<const Parameter> rows_;
  std::vector<std::string> asked_;
  std::string failure_;
};

}  // namespace

Plugin Plugin::load(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    refuse(path, "does not exist or is no file; build the strategy's library first");
  // A bare name would be looked for in the system's folders.
  const std::string full = std::filesystem::absolute(path).string();
  std::shared_ptr<void> library(::dlopen(full.c_str(), RTLD_NOW | RTLD_LOCAL),
                                [](void* handle) {
                                  if (handle != nullptr) ::dlclose(handle);
                                });
  if (library == nullptr) {
    const char* said = ::dlerror();
    refuse(path, "is no shared library that this process can load: " +
                     std::string(said == nullptr ? "no reason was given" : said));
  }
  // dlsym gives an object pointer for a function: POSIX says that this is one.
  const auto entry = reinterpret_cast<abi::Entry>(::dlsym(library.get(), abi::kSymbol));
  if (entry == nullptr) {
    refuse(path, "has no symbol " + std::string(abi::kSymbol) +
                     "; end its source with AI_TRADING_STRATEGY(YourClass)");
  }
  const abi::Plugin* plugin = entry();
  if (plugin == nullptr || plugin->magic != abi::kMagic)
    refuse(path, "hands over something else than a strategy of ai_trading");
  if (plugin->version < 1 || plugin->version > abi::kVersion) {
    refuse(path, "was built for version " + std::to_string(plugin->version) +
                     " of the strategy interface, this is version " +
                     std::to_string(abi::kVersion) + ", which runs those from 1 to " +
                     std::to_string(abi::kVersion) +
                     "; compile it again with the headers of this ai_trading");
  }
  const std::uint64_t layout = plugin->version == 1   ? abi::kFirstLayout
                               : plugin->version == 2 ? abi::kSecondLayout
                                                      : abi::kLayout;
  if (plugin->layout != layout || plugin->size != sizeof(abi::Plugin)) {
    refuse(path,
           "was compiled with records of another layout; compile it again with the "
           "headers of this ai_trading, for this kind of machine");
  }
  if (plugin->create == nullptr || plugin->destroy == nullptr ||
      plugin->name == nullptr || plugin->built == nullptr)
    refuse(path, "has a strategy without a name, or without create or destroy");
  return Plugin(path, std::move(library), plugin);
}

PluginStrategy Plugin::make(std::span<const Parameter> parameters) const {
  Given given(parameters);
  const abi::Arguments table = given.table();
  void* self = plugin_->create(&table);
  if (self == nullptr) {
    refuse(path_,
           "refused to make " + name() + ": " +
               (given.failure().empty() ? "it did not say why" : given.failure()));
  }
  PluginStrategy made(library_, plugin_, self);
  if (!given.failure().empty()) refuse(path_, "has " + name() + ": " + given.failure());
  if (const std::string other = given.unknown(); !other.empty()) {
    refuse(path_, "has " + name() + " without a parameter " + other + "; it has " +
                      given.known());
  }
  return made;
}

}  // namespace ai_trading::sim
