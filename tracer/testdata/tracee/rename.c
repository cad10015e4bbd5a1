// setup: echo 1 >a; echo 2 >b; mkdir d; echo 3 >d/x; echo 4 >d/y; ln -s y d/l; echo 7 >d/z; echo 5 >e; echo 6 >g; mkdir -p h/sub i; echo 8 >h/sub/x
// want: open d/x
// want: create tmp
// want: remove tmp
// want: replace b
// want: remove a
// want: create a2
// want: open b
// want: remove d
// want: create d2
// want: open d2/y
// want: open d/y
// want: open d2/x
// want: open d2/l -> d2/y
// want: readlink d/l
// want: remove d2
// want: create d3
// want: modify d3/x
// want: modify d/x
// want: remove d3
// want: create d
// want: open d/z
// want: open d/x ENOENT -> d
// want: remove gone ENOENT
// want: create x ENOENT
// want: remove e
// want: replace g
// want: remove i ENOTEMPTY
// want: replace h ENOTEMPTY
// want: open h/sub/x
// before: tmp absent
// before: b kept
// before: a kept
// before: a2 absent
// before: d dir
// before: d/x kept
// before: d/y kept
// before: d/l link
// before: d2/l absent
// before: d3 absent
// before: d3/x absent
// before: d2 absent
// before: d2/x absent
// before: d2/y absent
// before: e kept
// before: g kept
// before: . dir
#include "tracee.h"
int main(void)
{
	CALL(openat, AT_FDCWD, "d/x", O_RDONLY);
	CALL(openat, AT_FDCWD, "tmp", O_CREAT | O_WRONLY, 0644);
	CALL(renameat2, AT_FDCWD, "tmp", AT_FDCWD, "b", 0);
	CALL(openat, AT_FDCWD, "b", O_RDONLY);
	CALL(renameat2, AT_FDCWD, "a", AT_FDCWD, "a2", 0);
	CALL(renameat2, AT_FDCWD, "d", AT_FDCWD, "d2", 0);
	CALL(openat, AT_FDCWD, "d2/y", O_RDONLY);
	CALL(openat, AT_FDCWD, "d2/x", O_RDONLY);
	CALL(openat, AT_FDCWD, "d/x", O_RDONLY);
	CALL(openat, AT_FDCWD, "d2/l", O_RDONLY);
	CALL(renameat2, AT_FDCWD, "d2", AT_FDCWD, "d3", 0);
	CALL(openat, AT_FDCWD, "d3/x", O_WRONLY | O_APPEND);
	CALL(renameat2, AT_FDCWD, "d3", AT_FDCWD, "d", 0);
	CALL(openat, AT_FDCWD, "d/z", O_RDONLY);
	CALL(renameat2, AT_FDCWD, "gone", AT_FDCWD, "x", 0);
	CALL(renameat2, AT_FDCWD, "e", AT_FDCWD, "g", RENAME_EXCHANGE);
	// What fails to be replaced is what was there.
	CALL(renameat2, AT_FDCWD, "i", AT_FDCWD, "h", 0);
	CALL(openat, AT_FDCWD, "h/sub/x", O_RDONLY);
	return 0;
}
