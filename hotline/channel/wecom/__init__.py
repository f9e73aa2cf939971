"""The WeCom door 微信客服 (企业微信): a callback without content, then messages by a cursor."""
