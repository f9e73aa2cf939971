"""The WeChat door 微信渠道: a 服务号, by Tencent's push and its customer-service API."""
