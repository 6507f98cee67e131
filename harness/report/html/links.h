/* SPDX-License-Identifier: Apache-2.0 */
/* Where a page's links to files go: a page and its evidence may be moved together. */
#pragma once

/**
 * path_between() - the way from a folder to a file or folder
 * @from:	absolute path of a folder, without . and ..
 * @to:		absolute path, likewise
 *
 * Return: malloc'ed relative path, such as "../b/c", or "." for the folder itself; NULL when memory is short.
 */
char *path_between(const char *from, const char *to);

/**
 * path_as_link() - what a page writes to name a folder
 * @page_directory: folder of the page
 * @path:	the folder
 *
 * Return: malloc'ed relative path; @path itself when one of the two is not there; NULL when memory is short.
 */
char *path_as_link(const char *page_directory, const char *path);
