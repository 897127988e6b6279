// A library without a strategy.
extern "C" __attribute__((visibility("default"))) int something_else() { return 1; }
