// setup: echo content >f; mkdir -p d/e; echo below >d/e/g; ln -s f l; mkdir empty
// want: remove f
// want: remove l -> l
// want: remove d/e/g
// want: remove d/e
// want: remove d
// want: remove empty
// want: remove gone ENOENT
// want: open f ENOENT
// want: create f
// want: open f
// before: f kept
// before: l link
// before: d/e/g kept
// before: d/e dir
// before: d dir
// before: empty dir
// before: . dir
#include "tracee.h"
int main(void)
{
	CALL(unlinkat, AT_FDCWD, "f", 0);
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	CALL(openat, AT_FDCWD, "f", O_CREAT | O_WRONLY, 0644);
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	CALL(unlinkat, AT_FDCWD, "l", 0);
	CALL(unlinkat, AT_FDCWD, "d/e/g", 0);
	CALL(unlinkat, AT_FDCWD, "d/e", AT_REMOVEDIR);
	CALL(unlinkat, AT_FDCWD, "d", AT_REMOVEDIR);
#ifdef SYS_rmdir
	CALL(rmdir, "empty");
	CALL(unlink, "gone");
#else
	CALL(unlinkat, AT_FDCWD, "empty", AT_REMOVEDIR);
	CALL(unlinkat, AT_FDCWD, "gone", 0);
#endif
	return 0;
}
