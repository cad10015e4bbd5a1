// setup: mkdir -p a/b c; echo 1 >a/f; echo 2 >c/f; ln -s $PWD/a/b abs; ln -s a/b rel; ln -s rel chain; ln -s $PWD/chain chain2; ln -s loop2 loop; ln -s loop loop2; ln -s ../../c/f a/b/up; ln -s f/ slash
// want: open abs/../f -> a/f
// want: open rel/../f -> a/f
// want: open chain2/../f -> a/f
// want: open chain2/up -> c/f
// want: open loop ELOOP -> loop
// want: open a/../../zz/f ENOENT -> ../zz
// want: open a/b/../../c/./f -> c/f
// want: stat rel/ -> a/b
// want: stat rel -> rel
#include "tracee.h"
int main(void)
{
	struct stat st;
	say("abs", open("abs/../f", O_RDONLY));
	say("rel", open("rel/../f", O_RDONLY));
	say("chain", open("chain2/../f", O_RDONLY));
	say("up", open("chain2/up", O_RDONLY));
	say("loop", open("loop", O_RDONLY));
	say("out", open("a/../../zz/f", O_RDONLY));
	say("dots", open("a/b/../../c/./f", O_RDONLY));
	say("lstat slash", lstat("rel/", &st));
	say("lstat", lstat("rel", &st));
	return 0;
}
