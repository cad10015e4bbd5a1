// setup: echo content >a; ln a b; ln a c; echo single >s
// want: open a
// want: modify b
// want: open c
// want: open s
// want: create t
// want: modify t
// before: a kept
// before: b kept
// before: c kept
// before: s kept
// before: t absent
// before: . dir
#include "tracee.h"
int main(void)
{
	CALL(openat, AT_FDCWD, "a", O_RDONLY);
	int b = CALL(openat, AT_FDCWD, "b", O_WRONLY | O_TRUNC);
	CALL(openat, AT_FDCWD, "c", O_RDONLY);
	CALL(linkat, AT_FDCWD, "s", AT_FDCWD, "t", 0);
	CALL(openat, AT_FDCWD, "t", O_WRONLY | O_TRUNC);
	return b < 0;
}
