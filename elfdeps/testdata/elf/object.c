void _start(void) {}

int f(void) { return 1; }
