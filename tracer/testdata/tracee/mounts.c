// root
// only: ptrace ptrace-all notify
// setup: mkdir m n; echo below >m/f; echo >g
// remark: namespace
// remark: mounted
// incomplete: n/f was found in another
// want: open m/f
// want: open m/f ENOENT
// want: stat m
// want: create m/new
// want: stat n
// want: open n/f
// want: open m
// want: open g
// before: m/new absent
#include "tracee.h"
// A mount namespace of its own, in which other files lie behind the names.
int main(void)
{
	CALL(openat, AT_FDCWD, "m/f", O_RDONLY);
	CALL(unshare, CLONE_NEWNS);
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	CALL(mount, "m", "n", NULL, MS_BIND, NULL);
	CALL(openat, AT_FDCWD, "n/f", O_RDONLY);
	CALL(mount, "none", "m", "tmpfs", 0, NULL);
	CALL(openat, AT_FDCWD, "m/f", O_RDONLY);
	CALL(openat, AT_FDCWD, "m/new", O_CREAT | O_WRONLY, 0644);
	CALL(umount2, "m", 0);
	if (fork() == 0) {
		CALL(openat, AT_FDCWD, "m/f", O_RDONLY);
		_exit(0);
	}
	wait(NULL); // of the two, this process is left to look through
	CALL(openat, AT_FDCWD, "g", O_RDONLY);
	return 0;
}
