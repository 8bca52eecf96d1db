"""A client of RFC 6455: binary messages over one TCP connection, no extensions."""
import base64
import hashlib
import secrets

from stream import Closed, Stream

CONTINUATION, BINARY, CLOSE, PING, PONG = 0, 2, 8, 9, 10
OPCODES = (CONTINUATION, BINARY, CLOSE, PING, PONG)


class WebSocket(Stream):
    def __init__(self, host, port, path, protocol):
        super().__init__(host, port)
        self.parts = []
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Protocol: {protocol}"]
        self.write("\r\n".join([*lines, "", ""]).encode())
        self._check(self._answer(), key, protocol)

    def _answer(self):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        # Messages may have come right behind it.
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head.decode("latin-1").split("\r\n")

    def _check(self, lines, key, protocol):
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        proof = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if lines[0].split(" ")[1] != "101":
            raise Closed(lines[0])
        if fields.get("sec-websocket-accept") != base64.b64encode(proof).decode():
            raise Closed("no proof of a WebSocket")
        if fields.get("sec-websocket-protocol") != protocol:
            raise Closed("another subprotocol")

    def send(self, message, opcode=BINARY):
        length, mask = len(message), secrets.token_bytes(4)
        if length < 126:
            size = bytes([0x80 | length])
        elif length < 65536:
            size = bytes([0x80 | 126]) + length.to_bytes(2, "big")
        else:
            size = bytes([0x80 | 127]) + length.to_bytes(8, "big")
        masked = bytes(byte ^ mask[i & 3] for i, byte in enumerate(message))
        self.write(bytes([0x80 | opcode]) + size + mask + masked)

    def ready(self):
        while (frame := self._frame()) is not None:
            is_last, opcode, payload = frame
            if opcode == PING:
                self.send(payload, PONG)
            elif opcode == CLOSE:
                raise Closed(payload[2:].decode(errors="replace"))
            elif opcode != PONG:
                self.parts.append(payload)
                if is_last:
                    message, self.parts = b"".join(self.parts), []
                    yield message

    def _frame(self):
        if len(self.buffer) < 2:
            return None
        first, length = self.buffer[0], self.buffer[1]
        if first & 0x70 or length & 0x80 or first & 15 not in OPCODES:
            raise Closed("a frame of another kind")
        extended = {126: 2, 127: 8}.get(length, 0)
        if len(self.buffer) < 2 + extended:
            return None
        if extended:
            length = int.from_bytes(self.buffer[2 : 2 + extended], "big")
        payload = self.take(2 + extended, length)
        return None if payload is None else (bool(first & 0x80), first & 15, payload)
