// setup: mkdir -p d/gone; echo >d/f
// want: stat d/gone
// want: remove d/gone/../gone -> d/gone
// want: open d/gone/../f -> d/f
// want: open d/gone/.. -> d
// want: open d/gone/x ENOENT -> d/gone
// before: d dir
// before: d/gone dir
#include "tracee.h"
// A working directory that is removed still leads up.
int main(void)
{
	CALL(chdir, "d/gone");
	CALL(unlinkat, AT_FDCWD, "../gone", AT_REMOVEDIR);
	CALL(openat, AT_FDCWD, "../f", O_RDONLY);
	CALL(openat, AT_FDCWD, "..", O_RDONLY);
	CALL(openat, AT_FDCWD, "x", O_RDONLY);
	return 0;
}
