const char *greeting(void) { return "HELLO"; }
