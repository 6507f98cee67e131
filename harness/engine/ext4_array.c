/* SPDX-License-Identifier: Apache-2.0 */
/* Runs at build time, for make-ext4-image: a file system image as a C array of those blocks that are not zeros. */
#include "harness/engine/ext4_image.h"

#include <stdio.h>
#include <string.h>

static void print_file(void)
{
	for (unsigned int i = 0; i < EXT4_IMAGE_FILE_BYTES; i++)
		putchar((int)(i % 251));
}

static void print_block(unsigned int number, const unsigned char *bytes)
{
	unsigned int end;

	printf("\t{ %u, {", number);
	for (end = EXT4_IMAGE_BLOCK_BYTES; end > 1 && bytes[end - 1] == 0; end--)
		;
	for (unsigned int i = 0; i < end; i++)
		printf("%s%u,", i % 32 == 0 ? "\n\t\t" : " ", bytes[i]);
	printf("\n\t} },\n");
}

static int print_image(FILE *image)
{
	static const unsigned char zeros[EXT4_IMAGE_BLOCK_BYTES];
	unsigned char bytes[EXT4_IMAGE_BLOCK_BYTES];
	unsigned int number = 0;

	printf("/* Made by make-ext4-image. */\n#include \"harness/engine/ext4_image.h\"\n\n"
	       "const struct ext4_image_block ext4_image_blocks[] = {\n");
	for (; fread(bytes, sizeof(bytes), 1, image) == 1; number++)
		if (memcmp(bytes, zeros, sizeof(bytes)) != 0)
			print_block(number, bytes);
	printf("};\n\nconst unsigned int ext4_image_block_count = sizeof(ext4_image_blocks) / "
	       "sizeof(*ext4_image_blocks);\n");
	return number * EXT4_IMAGE_BLOCK_BYTES == EXT4_IMAGE_BYTES ? 0 : 1;
}

int main(int argc, char **argv)
{
	FILE *image;
	int r;

	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "--file") == 0) {
		print_file();
		return 0;
	}
	image = fopen(argv[1], "r");
	if (!image)
		return 1;
	r = print_image(image);
	fclose(image);
	return r;
}
