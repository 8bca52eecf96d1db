"""One side of a handshake by dissononce: one request in JSON a line on standard input, one answer a line."""
import json
import sys

from dissononce.cipher.aesgcm import AESGCMCipher
from dissononce.dh.x25519.private import PrivateKey
from dissononce.dh.x25519.public import PublicKey
from dissononce.dh.x25519.x25519 import X25519DH
from dissononce.hash.sha256 import SHA256Hash
from dissononce.processing.handshakepatterns.interactive.IK import IKHandshakePattern
from dissononce.processing.handshakepatterns.interactive.NN import NNHandshakePattern
from dissononce.processing.impl.cipherstate import CipherState
from dissononce.processing.impl.handshakestate import HandshakeState
from dissononce.processing.impl.symmetricstate import SymmetricState
from dissononce.processing.modifiers.psk import PSKPatternModifier

PATTERNS = {"IKpsk2": (IKHandshakePattern, 2), "NNpsk0": (NNHandshakePattern, 0)}


class Side:
    def __init__(self, request):
        pattern, psk_place = PATTERNS[request["pattern"]]
        self.symmetric = SymmetricState(CipherState(AESGCMCipher()), SHA256Hash())
        self.state = HandshakeState(self.symmetric, X25519DH())
        self.keys = None
        static = request.get("static")
        theirs = request.get("theirStatic")
        self.state.initialize(
            PSKPatternModifier(psk_place).modify(pattern()),
            request["role"] == "initiator",
            bytes.fromhex(request["prologue"]),
            s=None if static is None else X25519DH().generate_keypair(PrivateKey(bytes.fromhex(static))),
            rs=None if theirs is None else PublicKey(bytes.fromhex(theirs)),
            psks=[bytes.fromhex(request["psk"])],
        )

    def write(self, payload):
        message = bytearray()
        self.keys = self.state.write_message(payload, message)
        return message

    def read(self, message):
        payload = bytearray()
        self.keys = self.state.read_message(message, payload)
        return payload

    def seal(self, data):
        return self.keys[data[0]].encrypt_with_ad(b"", data[1:])


side = None
for line in sys.stdin:
    request = json.loads(line)
    try:
        if request["do"] == "begin":
            side = Side(request)
            answer = b""
        elif request["do"] == "hash":
            answer = side.symmetric.get_handshake_hash()
        else:
            answer = getattr(side, request["do"])(bytes.fromhex(request["data"]))
        print(json.dumps({"data": bytes(answer).hex()}), flush=True)
    except Exception as error:
        print(json.dumps({"refused": type(error).__name__}), flush=True)
