from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.get_download_url_request import GetDownloadUrlRequest
from ...models.get_download_url_response import GetDownloadUrlResponse
from ...models.refusal import Refusal
from ...types import Response


def _get_kwargs(
    *,
    body: GetDownloadUrlRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/common/download-url",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> GetDownloadUrlResponse | Refusal | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> GetDownloadUrlResponse | Refusal:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = GetDownloadUrlResponse.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_200_type_1 = Refusal.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Refusal.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Refusal.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = Refusal.from_dict(response.json())

        return response_404

    if response.status_code == 422:
        response_422 = Refusal.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Refusal.from_dict(response.json())

        return response_429

    if response.status_code == 455:
        response_455 = Refusal.from_dict(response.json())

        return response_455

    if response.status_code == 500:
        response_500 = Refusal.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[GetDownloadUrlResponse | Refusal]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: GetDownloadUrlRequest,
) -> Response[GetDownloadUrlResponse | Refusal]:
    """Download link

     A link to a file that the service made, valid for 20 minutes. Foreign URLs are refused with code
    422.

    Args:
        body (GetDownloadUrlRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GetDownloadUrlResponse | Refusal | Refusal]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: GetDownloadUrlRequest,
) -> GetDownloadUrlResponse | Refusal | None:
    """Download link

     A link to a file that the service made, valid for 20 minutes. Foreign URLs are refused with code
    422.

    Args:
        body (GetDownloadUrlRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GetDownloadUrlResponse | Refusal | Refusal
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: GetDownloadUrlRequest,
) -> Response[GetDownloadUrlResponse | Refusal]:
    """Download link

     A link to a file that the service made, valid for 20 minutes. Foreign URLs are refused with code
    422.

    Args:
        body (GetDownloadUrlRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GetDownloadUrlResponse | Refusal | Refusal]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: GetDownloadUrlRequest,
) -> GetDownloadUrlResponse | Refusal | None:
    """Download link

     A link to a file that the service made, valid for 20 minutes. Foreign URLs are refused with code
    422.

    Args:
        body (GetDownloadUrlRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GetDownloadUrlResponse | Refusal | Refusal
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
