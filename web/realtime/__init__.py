"""Operations over WebSockets and server-sent events."""
