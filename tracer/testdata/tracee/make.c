// setup: mkdir old; echo 1 >file
// want: create dir
// want: create dir/below
// want: create old EEXIST
// want: create none/x ENOENT -> none
// want: create file/x ENOTDIR -> file
// want: create fifo
// want: create link
// want: create hard
// want: open file
// want: stat dir/below
// before: dir absent
// before: dir/below absent
// before: fifo absent
// before: link absent
// before: hard absent
// before: . dir
#include "tracee.h"
int main(void)
{
	struct stat st;
	CALL(mkdirat, AT_FDCWD, "dir", 0755);
	CALL(mkdirat, AT_FDCWD, "old", 0755);
	CALL(mkdirat, AT_FDCWD, "none/x", 0755);
	CALL(mkdirat, AT_FDCWD, "file/x", 0755);
	CALL(mknodat, AT_FDCWD, "dir/below", S_IFREG | 0644, 0);
	CALL(mknodat, AT_FDCWD, "fifo", S_IFIFO | 0644, 0);
	CALL(symlinkat, "anything", AT_FDCWD, "link");
	CALL(linkat, AT_FDCWD, "file", AT_FDCWD, "hard", 0);
	say("stat", stat("dir/below", &st));
	return 0;
}
