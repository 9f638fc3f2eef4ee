"""Root reads and writes every file, whatever its rights. In a process of the tests it obeys them, as any other user."""

import ctypes
import os

VERSION_3 = 0x20080522
"""The version of the structures below: _LINUX_CAPABILITY_VERSION_3 of linux/capability.h."""
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2
"""The two capabilities that bypass the rights of files, with the numbers of linux/capability.h."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def obey_file_rights() -> None:
    """Make this thread and all that it starts obey the rights of files, on Linux; a program that it starts is root again.

    Call it before there are other threads: each has its own capabilities. Raises OSError if the system refuses.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or os.uname().sysname != "Linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(VERSION_3, 0), (_Set * 2)()
    for call, change in ((libc.capget, 0), (libc.capset, 1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH)):
        sets[0].effective &= ~change
        if call(ctypes.byref(header), ctypes.byref(sets)):
            raise OSError(ctypes.get_errno(), "the capabilities of this process cannot be read or changed")
