"""Frames over TCP, each behind its length: docs/spec/noise.md."""
import socket


class Closed(Exception):
    """The connection is gone."""


class Stream:
    """`messages()` gives, one by one, what another read of the socket brought."""

    LIMIT = 1 << 20

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port))
        self.buffer = b""

    def fileno(self):
        return self.socket.fileno()

    def fill(self):
        try:
            more = self.socket.recv(65536)
        except OSError as error:
            raise Closed(str(error)) from None
        if more == b"":
            raise Closed("the connection ended")
        self.buffer += more

    def write(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Closed(str(error)) from None

    def take(self, start, length):
        """So many bytes behind `start`, once all are there; else nothing. What is before them goes, too."""
        if length > self.LIMIT:
            raise Closed("a message that is too long")
        end = start + length
        if len(self.buffer) < end:
            return None
        taken, self.buffer = self.buffer[start:end], self.buffer[end:]
        return taken

    def send(self, message):
        self.write(len(message).to_bytes(4, "big") + message)

    def messages(self):
        self.fill()
        yield from self.ready()

    def ready(self):
        """What has come and was not given yet."""
        while len(self.buffer) >= 4:
            message = self.take(4, int.from_bytes(self.buffer[:4], "big"))
            if message is None:
                return
            yield message

    def close(self):
        self.socket.close()
