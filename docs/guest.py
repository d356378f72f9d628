#!/usr/bin/env python3
"""A guest, written from docs/GUEST-PROTOCOL.md alone: python3 guest.py SOCKET FILE OFFSET LENGTH

Pins the range, fills it with a letter, reports that, waits until it is told to let go, lets go, and
begins again with the next letter, until it is cut off. Says so on standard output, a line each.
"""
import itertools, mmap, socket, struct, sys, time

HELLO, PIN, COMPLETE, TOLD, QUIESCED, UNMAPPED = 1, 2, 3, 4, 5, 6
WELCOME, PINNED, DONE, REFUSED, LET_GO, CUT_OFF = 65, 66, 67, 68, 69, 70
VERSION, WRITE, BUSY, RANGE = 1, 1, 5, 4


class CutOff(Exception):
    pass


class Guest:
    def __init__(self, path, size, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)
        self.tags, self.notices = itertools.count(1), []
        _, body = self.ask(HELLO, struct.pack("<QI", size, 1) + text(name))
        size, self.page_size, _, _ = struct.unpack("<QIII", body)
        self.memory = mmap.mmap(self.descriptor, size)

    def receive(self):
        packet, passed, _, _ = socket.recv_fds(self.socket, 512, 1)
        if not packet:
            raise CutOff("the host is gone")
        version, kind, tag = struct.unpack_from("<HHI", packet)
        if kind == CUT_OFF or version != VERSION:
            reason, length = struct.unpack_from("<IB", packet, 8)
            raise CutOff(f"reason {reason}: {packet[13:13 + length].decode()}")
        if passed:
            self.descriptor = passed[0]
        return kind, tag, packet[8:]

    def ask(self, kind, body):
        tag = next(self.tags)
        self.socket.send(struct.pack("<HHI", VERSION, kind, tag) + body)
        while True:
            answer, answered, rest = self.receive()
            if answer == LET_GO:
                self.notices.append(rest)
            elif answered == tag:
                return answer, rest

    def tell(self, kind, *fields):
        """Whether the host has done it, and it is in the file."""
        answer, body = self.ask(kind, struct.pack("<%dI" % len(fields), *fields))
        return answer == DONE and body[0] == 1

    def pin(self, file, offset, length):
        answer, body = self.ask(PIN, struct.pack("<QIB", offset, length, WRITE) + text(file))
        if answer == REFUSED:
            return struct.unpack_from("<I", body)[0], None
        key, count = struct.unpack_from("<II", body)
        return key, struct.unpack_from("<%dI" % count, body, 8)

    def notice(self):
        """Waits for one, and returns its key."""
        while not self.notices:
            kind, _, rest = self.receive()
            if kind == LET_GO:
                self.notices.append(rest)
        return struct.unpack_from("<I", self.notices.pop(0))[0]


def text(string):
    return struct.pack("<B", len(string.encode())) + string.encode()


def main(path, file, offset, length):
    guest = Guest(path, 1 << 16, "python")
    for letter in itertools.cycle(b"abcdefghijklmnopqrstuvwxyz"):
        key, pages = guest.pin(file, offset, length)
        while pages is None:
            if key not in (BUSY, RANGE):
                sys.exit(f"refused: {key}")
            time.sleep(0.002)
            key, pages = guest.pin(file, offset, length)
        for page in pages:  # whole pages: offset and length are taken for multiples
            start = page * guest.page_size
            guest.memory[start : start + guest.page_size] = bytes([letter]) * guest.page_size
        print("wrote", chr(letter), guest.tell(COMPLETE, key, 0, length), flush=True)
        while guest.notice() != key:
            pass
        done = [guest.tell(answer, key) for answer in (TOLD, QUIESCED, UNMAPPED)]
        print("let go", all(done), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    except (CutOff, OSError) as end:
        print("cut off:", end, flush=True)
