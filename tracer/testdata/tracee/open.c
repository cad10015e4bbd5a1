// setup: echo 1 >a; echo 2 >b; mkdir d; ln -s a la; ln -s nothing dangling; echo >d/in
// want: open a
// want: open d
// want: open d/in
// want: open missing ENOENT
// want: open a/x ENOTDIR -> a
// want: open la -> a
// want: open la ELOOP -> la
// want: create new
// want: create a EEXIST
// want: create dangling -> nothing
// want: modify b
// want: modify d EISDIR
// want: open b ENOTDIR
// want: create byc
// before: new absent
// before: nothing absent
// before: byc absent
// before: b kept
// before: . dir
#include "tracee.h"
int main(void)
{
	struct open_how how = {.flags = O_RDONLY};
	int d = CALL(openat, AT_FDCWD, "d", O_RDONLY | O_DIRECTORY);
#ifdef SYS_open
	CALL(open, "a", O_RDONLY);
	CALL(open, "a/x", O_RDONLY);
	CALL(creat, "byc", 0644);
#endif
	CALL(openat, d, "in", O_RDONLY);
	CALL(openat2, AT_FDCWD, "missing", &how, sizeof how);
	CALL(openat, AT_FDCWD, "la", O_RDONLY);
	CALL(openat, AT_FDCWD, "la", O_RDONLY | O_NOFOLLOW);
	CALL(openat, AT_FDCWD, "new", O_CREAT | O_WRONLY, 0644);
	CALL(openat, AT_FDCWD, "a", O_CREAT | O_EXCL | O_WRONLY, 0644);
	CALL(openat, AT_FDCWD, "dangling", O_CREAT | O_WRONLY, 0644);
	CALL(openat, AT_FDCWD, "b", O_WRONLY | O_APPEND);
	CALL(openat, AT_FDCWD, "d", O_WRONLY);
	CALL(openat, AT_FDCWD, "b", O_RDONLY | O_DIRECTORY);
	CALL(openat, 77, "nowhere", O_RDONLY);
	CALL(openat, AT_FDCWD, NULL, O_RDONLY);
	CALL(openat, AT_FDCWD, "", O_RDONLY);
	CALL(openat, AT_FDCWD, (char *)8, O_RDONLY);
	return 0;
}
