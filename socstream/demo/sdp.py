"""What DESCRIBE answers (RFC 4566, RFC 6184, RFC 7798, RFC 3640)."""

import base64

from socstream.demo.media import Audio, Media
from socstream.demo.rtp import PAYLOAD_TYPES

VIDEO_TRACK, AUDIO_TRACK = "track1", "track2"


def describe(media: Media, *, parameter_sets: bool = True, codec: str | None = None) -> bytes:
    """The SDP of the media; without parameter sets a client has to find them in band."""
    kind = PAYLOAD_TYPES[media.spec.codec]
    lines = [
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=virtual camera",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {kind}",
        f"a=rtpmap:{kind} {codec or media.spec.codec.upper()}/90000",
        f"a=fmtp:{kind} {_video_format(media, parameter_sets)}",
        f"a=control:{VIDEO_TRACK}",
    ]
    if media.audio is not None:
        lines += _audio(media.audio)
    return "".join(f"{line}\r\n" for line in lines).encode()


def _video_format(media: Media, parameter_sets: bool) -> str:
    sets = [base64.b64encode(nal).decode() for nal in media.parameter_sets]
    if media.spec.codec == "h265":
        named = zip(("sprop-vps", "sprop-sps", "sprop-pps"), sets, strict=True)
        return "; ".join(["tx-mode=SRST", *(f"{name}={value}" for name, value in named if parameter_sets)])
    profile = media.parameter_sets[0][1:4].hex()
    sprop = f"; sprop-parameter-sets={','.join(sets)}" if parameter_sets else ""
    return f"packetization-mode=1; profile-level-id={profile}{sprop}"


def _audio(audio: Audio) -> list[str]:
    kind = PAYLOAD_TYPES[audio.codec]
    lines = [f"m=audio 0 RTP/AVP {kind}"]
    if audio.codec == "aac":
        lines += [
            f"a=rtpmap:{kind} mpeg4-generic/{audio.rate}/1",
            f"a=fmtp:{kind} streamtype=5; profile-level-id=1; mode=AAC-hbr; sizelength=13; indexlength=3; "
            f"indexdeltalength=3; config={audio.config}",
        ]
    else:
        lines.append(f"a=rtpmap:{kind} {audio.codec.upper()}/{audio.rate}")
    return [*lines, f"a=control:{AUDIO_TRACK}"]
