// The market maker as a shared library, for `path = "libmaker.so"` in a configuration.
#include "maker.hpp"

AI_TRADING_STRATEGY(Maker)
