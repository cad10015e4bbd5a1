// setup: cp /bin/true prog; printf '#!./prog\n' >script; printf '#! /bin/sh -e\necho ran\n' >sh; chmod +x script sh; echo >plain; mkdir d; printf '#!/no/such\n' >broken; chmod +x broken; ln -s prog lprog; printf '#!./script\n' >nested; chmod +x nested
// want: exec prog
// want: exec ./prog -> prog
// want: exec script
// want: exec nested
// want: exec ./script -> script
// want: exec sh
// want: open sh
// want: exec plain EACCES
// want: exec d EACCES
// want: exec gone ENOENT
// want: exec broken
// want: exec lprog -> prog
// want: open prog
// want: exec lprog ELOOP -> lprog
#include "tracee.h"
static void try(const char *name, int at, int flags)
{
	char *argv[] = {"x", NULL};
	if (fork() == 0) {
		if (at)
			CALL(execveat, AT_FDCWD, name, argv, NULL, flags);
		else
			CALL(execve, name, argv, NULL);
		_exit(9);
	}
	wait(NULL);
}
int main(void)
{
	char *argv[] = {"x", NULL};
	try("prog", 0, 0);
	try("script", 0, 0);
	try("nested", 0, 0);
	try("sh", 0, 0);
	try("plain", 0, 0);
	try("d", 0, 0);
	try("gone", 0, 0);
	try("broken", 0, 0);
	try("lprog", 1, 0);
	try("lprog", 1, AT_SYMLINK_NOFOLLOW);
	int fd = open("prog", O_RDONLY);
	if (fork() == 0) {
		CALL(execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
		_exit(9);
	}
	wait(NULL);
	return 0;
}
