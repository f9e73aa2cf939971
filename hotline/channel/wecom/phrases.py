"""What the WeCom door says to lawyers."""

FAILED = "微信客服报告没有送达（类型 {code}）；群众下次来信时再送"
